/** `node bin/bundle-cli.ts COMPILED`: builds the command line of the package beside what was compiled of all sources. */
import { join, resolve } from 'node:path';
import { buildCliCode } from '../lib/bundle/cli-code.ts';

const [, , compiled = 'dist/package'] = process.argv;
const files = await buildCliCode(resolve(compiled), resolve(join(compiled, 'cli')));
console.log(`${files.length} files`);

/** `npm run bundle [-- FOLDER]`: builds the code of all functions. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildLambdaCode } from '../lib/bundle/lambda-code.ts';

const [, , outDir = 'dist/lambdas'] = process.argv;
for (const [job, folder] of Object.entries(await buildLambdaCode(outDir))) {
  const { size } = await stat(join(folder, 'index.mjs'));
  console.log(`${job}: index.mjs ${(size / 1024).toFixed(1)} KB`);
}

/**
 * Runs `up` as a process of its own, that can be killed or frozen: `node detached-process.ts URL FOLDER`. Prints the report as JSON, if it
 * comes to that.
 */
import { compileFolder } from '../../lib/jobs/compile.ts';
import { up } from '../../lib/jobs/up.ts';
import { settingsFor } from './migrations.ts';

const [url = '', folder = ''] = process.argv.slice(2);
const compiled = await compileFolder(folder, 'migrations');
// As long as somebody looks at it: it is to be waiting when it is killed.
const report = await up(compiled, settingsFor(url, { lockTimeoutMs: 60_000 }), {
  detach: 'always',
  momentMs: 60_000,
  who: 'child',
});
console.log(JSON.stringify(report));

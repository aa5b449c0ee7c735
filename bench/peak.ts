/** Runs another program in this process and writes its peak of memory, in bytes, to standard error when it ends: `node peak.ts PROGRAM ...` */
import { pathToFileURL } from 'node:url';

const [, , program = ''] = process.argv;
process.argv.splice(1, 2, program);
process.on('exit', () => process.stderr.write(`\npeak ${process.resourceUsage().maxRSS * 1024}\n`));
await import(pathToFileURL(program).href);

/*
 * Runs commands of the CDK command line one after another in one process, because loading it takes a second and most of them much less.
 * Each begins where the one before it has nothing left to do, as a process ends. Plain JavaScript, like the command line itself.
 *
 * argv: the path of its library, and the commands as JSON, a list of lists of arguments. After each, a line with a NUL and
 * its exit code ends what it, and the app that it has started, wrote to stdout and to stderr.
 */
import { writeSync } from 'node:fs';

const [, , library, commands] = process.argv;
process.setSourceMapsEnabled(true);
const { cli } = (await import(String(library))).default;

for (const args of JSON.parse(String(commands))) {
  process.exitCode = undefined;
  const ended = new Promise((resolve) => process.once('beforeExit', resolve));
  // Some of it looks there for what it was asked.
  process.argv.splice(2, Infinity, ...args);
  cli(args);
  await ended;
  for (const stream of [1, 2]) writeSync(stream, `\0${process.exitCode ?? 0}\n`);
}
process.exitCode = 0;

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '..');
let built: Promise<string> | undefined;

/**
 * The command line as the package holds it, which is what runs for who has installed it: compiled and bundled. It is built once, of the
 * sources as they are.
 *
 * @returns the path of the program, for Node
 */
export function packagedProgram(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  await promisify(execFile)('npm', ['run', 'build'], { cwd: ROOT, maxBuffer: 64 * 2 ** 20 });
  return path.join(ROOT, 'dist/package/cli/registry-jobs.js');
}

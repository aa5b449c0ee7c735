import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/registry-jobs');

/** Why a Python program cannot be installed on this machine. */
export class NotInstallable extends Error {
  override readonly name = 'NotInstallable';
}

/**
 * Makes a virtual environment below node_modules, once, with exactly the packages that a file names by their hashes.
 *
 * @param requirements a pip requirements file
 * @returns the interpreter that has them
 * @throws NotInstallable
 */
export async function installPython(requirements: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const home = join(cache, `${basename(requirements, '.txt')}-${hash}`);
  const python = join(home, 'bin/python');
  if (existsSync(python)) return python;
  // Beside its place and moved when complete: a run that was interrupted leaves nothing that looks installed.
  const building = `${home}.${process.pid}`;
  try {
    await mkdir(dirname(home), { recursive: true });
    await run('python3', ['-m', 'venv', building], { timeout: 60_000 });
    const quietly = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];
    const exactly = ['--require-hashes', '--only-binary', ':all:', '--requirement', requirements];
    const pip = ['-m', 'pip', 'install', ...quietly, ...exactly];
    await run(join(building, 'bin/python'), pip, { timeout: 120_000 });
    await rename(building, home);
    return python;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const lines = `${message}\n${stderr}`.split('\n').filter((line) => line.trim());
    throw new NotInstallable(`${basename(requirements, '.txt')} cannot be installed here: ${lines.at(-1)}`);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

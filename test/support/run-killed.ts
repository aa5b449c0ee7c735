import { spawn } from 'node:child_process';
import path from 'node:path';

const program = path.resolve(import.meta.dirname, '../../bin/registry-jobs.ts');

/**
 * Runs the command line as a process of its own, and kills it (SIGKILL) after a time.
 *
 * @returns whether it came to its end
 * @throws Error where it ends with another code than 0
 */
export function runKilled(folder: string, args: readonly string[], afterMs?: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: 'ignore' });
    const timer = afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), afterMs);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(true);
      else if (afterMs === undefined || code !== null)
        reject(new Error(`${args.slice(0, 2).join(' ')} ended with ${code}`));
      else resolve(false);
    });
  });
}

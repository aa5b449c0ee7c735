import { spawn } from 'node:child_process';

/**
 * Waits for a line, or for the end of its input, which comes when this process is there no more. Without a line the server is ended, and its
 * data taken away.
 */
const SCRIPT = `trap '' HUP INT TERM
read -r line && exit 0
kill -INT "$1"
left=100
while kill -0 "$1" && [ "$left" -gt 0 ]; do left=$((left - 1)); sleep 0.1; done
[ -z "$2" ] || rm -rf -- "$2"`;

/**
 * Sees to it that a server ends when this process was killed, and could not end it. Where there is no shell for it, as on Windows, the server
 * stays then.
 *
 * @param throwAway a folder that goes with it
 * @returns what ends the watch, once the server has ended
 */
export function watchOver(pid: number, throwAway: string | undefined): () => void {
  if (process.platform === 'win32') return () => {};
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(pid), throwAway ?? ''], {
    cwd: '/',
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
    // Whoever ends a terminal's group does not end it.
    detached: true,
  });
  // A server that nobody watches over is a server all the same.
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref(); // a socket; not among its types
  return () => watchdog.stdin.end('over\n');
}

import { spawn } from 'node:child_process';

/**
 * Waits for the word, or for the end of its input, which comes when this process is there no more. Without the word the server that it was told
 * of is ended, and the folder taken away: again, as long as a program that was at work there still writes to it.
 */
const SCRIPT = `trap '' HUP INT TERM
server=
while read -r line; do
  [ "$line" = over ] && exit 0
  server=$line
done
left=100
if [ -n "$server" ]; then
  kill -INT "$server"
  while kill -0 "$server" && [ "$left" -gt 0 ]; do left=$((left - 1)); sleep 0.1; done
fi
[ -n "$1" ] || exit 0
left=100
while rm -rf -- "$1"; [ -e "$1" ] && [ "$left" -gt 0 ]; do left=$((left - 1)); sleep 0.1; done`;

/** Ends what this process could not end, since it was killed. */
export interface Watchdog {
  /** There is a server now. */
  server(pid: number | undefined): void;
  /** There is nothing left to end. */
  over(): void;
}

/**
 * Sees to it that a server ends when this process was killed, and could not end it. It begins before there is a server, with the folder of its
 * data. Where there is no shell for it, as on Windows, both stay then.
 *
 * @param throwAway a folder that goes with it
 */
export function watchOver(throwAway: string | undefined): Watchdog {
  if (process.platform === 'win32') return { server: () => {}, over: () => {} };
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'sh', throwAway ?? ''], {
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
  return {
    server: (pid) => {
      if (pid !== undefined) watchdog.stdin.write(`${pid}\n`);
    },
    over: () => {
      watchdog.stdin.end('over\n');
    },
  };
}

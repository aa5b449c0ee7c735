import { once } from 'node:events';
import { existsSync, statfsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainFailure, type ServerPlace } from './explain.ts';
import type { Programs } from './programs.ts';
import { startProgram } from './run-program.ts';
import type { ServerUser } from './server-user.ts';
import { hasStopped, removeNow, type Stoppable, stopOnExit } from './stop-on-exit.ts';
import type { Watchdog } from './watchdog.ts';

const POLL_MS = 15;
const STOP_PATIENCE_MS = 10_000;
const LOG_LENGTH = 8_000;
/** Less shared memory than this is used up by a few parallel queries; containers have 64 MB by default. */
const SHARED_MEMORY_BYTES = 512 * 2 ** 20;

export interface ServerOptions extends ServerPlace {
  readonly programs: Programs;
  readonly user: ServerUser | undefined;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Goes with the server. */
  readonly throwAway?: string | undefined;
  /** Is told of the server, and when there is none any more. */
  readonly watchdog: Watchdog;
}

/**
 * The path by which the server's user finds its data. Under root it may not be allowed to enter the folders above them. It
 * is started in the folder itself, and Linux has a name for that.
 */
export function pathFor(user: ServerUser | undefined, data: string): string {
  return user && process.platform === 'linux' ? '/proc/self/cwd' : data;
}

/** A server that was started. */
export interface StartedServer extends Stoppable {
  /** Stops it in order, so that it still writes what has happened to it, and gives the last it wrote. */
  lastWords(): Promise<string>;
}

/**
 * Starts a server, and waits until it accepts connections. It is stopped when this process ends.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`, `unwritable-folder`
 */
export async function startServer(options: ServerOptions): Promise<StartedServer> {
  const { programs, user, port, data, throwAway, watchdog } = options;
  await forgetOtherProcess(data);
  const flags = Object.entries({ ...sharedMemory(), ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const args = ['-D', pathFor(user, data), '-p', String(port), ...flags];
  const child = await startProgram(programs.postgres, args, { user, cwd: data });
  watchdog.server(child.pid);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-LOG_LENGTH);
    });
  }
  const closed = once(child, 'close');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  let stopping: Promise<void> | undefined;
  const server: StartedServer = {
    // One that is to end at once no longer says which of its processes were killed.
    lastWords: async () => {
      stopping ??= stop('SIGINT');
      await stopping;
      return log;
    },
    stop: () => {
      stopping ??= stop(throwAway ? 'SIGQUIT' : 'SIGINT');
      return stopping;
    },
    kill: () => {
      if (!hasEnded()) child.kill('SIGQUIT');
      if (throwAway) removeNow(throwAway);
    },
  };
  // "Fast", SIGINT: sessions are ended, what is committed is written. "Immediate", SIGQUIT: nothing is.
  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (!hasEnded()) child.kill(signal);
    const impatient = setTimeout(() => child.kill('SIGQUIT'), STOP_PATIENCE_MS);
    await closed;
    clearTimeout(impatient);
    if (throwAway) await rm(throwAway, { recursive: true, force: true });
    watchdog.over();
    hasStopped(server);
  }
  stopOnExit(server);
  while (!(await isReady(data, child.pid))) {
    if (hasEnded()) {
      await closed;
      await server.stop();
      throw explainFailure(log, options);
    }
    await sleep(POLL_MS);
  }
  return server;
}

/** As `pg_ctl` looks for it, so that neither the language nor the place of the log matters. */
async function isReady(data: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && /^(ready|standby)\b/.test(lines[7] ?? '');
}

/** Parallel queries share files of the data folder instead, where the memory for it is scarce or missing. */
function sharedMemory(): Record<string, string> {
  if (process.platform !== 'linux') return {};
  const { bsize, blocks } = existsSync('/dev/shm') ? statfsSync('/dev/shm') : { bsize: 0, blocks: 0 };
  return bsize * blocks < SHARED_MEMORY_BYTES ? { dynamic_shared_memory_type: 'mmap' } : {};
}

/**
 * A server that was killed leaves its process id. After a restart of the machine or container some other process of the
 * same user may have it, and Postgres would refuse to start beside that one. A server works in its data folder, so a
 * process that is somewhere else is none. Where it cannot be seen, Postgres decides.
 */
async function forgetOtherProcess(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  const place = pid ? await stat(`/proc/${pid}/cwd`).catch(() => undefined) : undefined;
  if (!place) return;
  const own = await stat(data);
  if (place.dev !== own.dev || place.ino !== own.ino) await rm(file, { force: true });
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface OldServer {
  /** For a superuser, of the maintenance database. */
  readonly url: string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'max_connections=120',
  'max_prepared_transactions=10',
];

/**
 * Starts a Postgres of any version from its programs, with data that is thrown away, on 127.0.0.1 only. Older ones do not start by the way
 * that lib/local takes. Postgres does not run as root, who therefore runs a copy that everybody can read as somebody else.
 */
export async function startOldServer(native: string): Promise<OldServer> {
  const home = mkdtempSync('/var/tmp/registry-jobs-test-');
  let child: ChildProcess | undefined;
  const stop = async () => {
    if (child && child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const programs = path.join(home, 'programs');
    // Links as they are: made absolute, they would point back into a folder that may be its owner's alone.
    cpSync(native, programs, { recursive: true, verbatimSymlinks: true });
    const options = { ...ownerFor(home), cwd: home, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
    const password = randomBytes(12).toString('hex');
    const data = path.join(home, 'data');
    initialize(path.join(programs, 'bin/initdb'), data, password, options);
    const port = await freePort();
    const args = ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])];
    child = spawn(path.join(programs, 'bin/postgres'), args, { ...options, stdio: 'ignore' });
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    await untilItAnswers(url, child);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function initialize(initdb: string, data: string, password: string, options: RunAs): void {
  const passwordFile = path.join(options.cwd, 'password');
  writeFileSync(passwordFile, password);
  if (options.uid !== undefined) chownSync(passwordFile, options.uid, options.gid ?? options.uid);
  const login = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(initdb, ['-D', data, ...login, '-E', 'UTF8', '-N'], { ...options, stdio: 'pipe' });
}

/** Somebody who is not root, to whom the folder then belongs. */
function ownerFor(home: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const NOBODY = 65_534;
  chownSync(home, NOBODY, NOBODY);
  return { uid: NOBODY, gid: NOBODY };
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => {});
      if (child.exitCode !== null || Date.now() > until) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  return typeof address === 'object' && address ? address.port : 0;
}

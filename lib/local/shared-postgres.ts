import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { RegistryJobsError } from '../core/errors.ts';
import { describeServer, type EmbeddedServer } from './server.ts';

const PATIENCE_MS = 30_000;
const KEEPER_PATIENCE_MS = 1_000;
const POLL_MS = 40;

/**
 * Joins the embedded Postgres that runs on a folder, or has one started. It belongs to a keeper process (see
 * keeper.ts), not to us: commands that run at the same time share it, and when nobody has been connected for
 * a moment the keeper stops it.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`
 */
export async function joinSharedPostgres(folder: string): Promise<EmbeddedServer> {
  const home = path.resolve(folder);
  await mkdir(home, { recursive: true });
  const until = Date.now() + PATIENCE_MS;
  let keeperStartedAt = 0;
  let hasFailed = false;
  while (Date.now() < until && !hasFailed) {
    const server = await findServer(home);
    if (server) return server;
    // Again after a while: the first one gives way to a keeper that is just stopping its server.
    if (Date.now() - keeperStartedAt > KEEPER_PATIENCE_MS) {
      startKeeper(home, () => {
        hasFailed = true;
      });
      keeperStartedAt = Date.now();
    }
    await sleep(POLL_MS);
  }
  const log = await readFile(path.join(home, 'keeper.log'), 'utf8').catch(() => '');
  throw new RegistryJobsError('embedded-postgres-failed', `The embedded Postgres in ${home} did not start.`, {
    ...(log && { detail: log.trim().split('\n').slice(-12).join('\n') }),
    hint: `See above why. If its data is broken, delete the folder ${home} and try again.`,
  });
}

function startKeeper(home: string, onFailure: () => void): void {
  const log = openSync(path.join(home, 'keeper.log'), 'w', 0o600);
  const keeper = fileURLToPath(new URL('./keeper.ts', import.meta.url));
  const child = spawn(process.execPath, [keeper, home], { detached: true, stdio: ['ignore', log, log] });
  child.on('error', onFailure);
  child.on('exit', (code) => {
    if (code !== 0) onFailure();
  });
  child.unref();
  closeSync(log);
}

/** The server that the folder's postmaster.pid names, if it accepts connections. */
async function findServer(home: string): Promise<EmbeddedServer | undefined> {
  const pidFile = await readFile(path.join(home, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const password = await readFile(path.join(home, 'password'), 'utf8').catch(() => '');
  const port = Number(pidFile.split('\n')[3]);
  if (!port || !password) return undefined;
  const server = describeServer(port, password.trim(), async () => {});
  const client = new pg.Client({ connectionString: server.connectionString('postgres') });
  client.on('error', () => {});
  try {
    await client.connect();
    return server;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}

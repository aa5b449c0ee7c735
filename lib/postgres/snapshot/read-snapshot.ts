import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Snapshot } from '../../plan/snapshot.ts';
import { INVALID_STATEMENT_NAME, isInternal } from '../explain/sqlstates.ts';
import { readTexts, textsOf } from './any-bytes.ts';
import { collectObjects } from './collect-objects.ts';
import type { TableName } from './left-out.ts';
import { type Asked, type PinnedOptions, pinned } from './pinned.ts';
import { snapshotSql } from './snapshot-sql.ts';

export interface SnapshotOptions extends PinnedOptions {
  /** Tables that are not looked at, with all that belongs to them: see `ledgerTables`. @default none */
  readonly leaveOut?: readonly TableName[];
  /** With what belongs to the whole server: roles, who is in which, tablespaces. @default false */
  readonly cluster?: boolean;
  /**
   * False where what was sent after it has changed the database again by the time that it is answered: it then fails instead of looking
   * once more, at something else. The session must have looked before.
   *
   * @default true
   */
  readonly mayLookAgain?: boolean;
}

/** Before others who make and drop objects all the time are given up on. */
const MOST_LOOKS = 10;

/**
 * By what name each session has a query, so that none is asked for what it does not have: the server would log that as an error. A name is
 * used once, whatever became of it.
 */
const prepared = new WeakMap<Asked, Map<string, string>>();
let lastNumber = 0;

/**
 * The whole catalog of a database as data: whatever a person can make or change there, and none of what the server's own objects are. It
 * changes nothing, not even the session's settings, and does not depend on them. Secrets in options stay on the server.
 *
 * The query is prepared once a session; from then on a look takes one flight. Two snapshots can be compared where the roles may read the
 * same: others than superusers see less of subscriptions and user mappings.
 *
 * @throws the server's own error where it refuses: somebody keeps a table locked (55P03), or the transaction has failed before (25P02)
 */
export async function readSnapshot(connection: Asked, options: SnapshotOptions = {}): Promise<Snapshot> {
  const known = prepared.get(connection) ?? new Map<string, string>();
  prepared.set(connection, known);
  const which = options.cluster ? 'with the server' : 'database';
  const name = known.get(which);
  if (name !== undefined) {
    try {
      return await look(connection, name, options);
    } catch (error) {
      // Somebody's SQL has deallocated what the session had.
      if (!isPostgresError(error) || error.code !== INVALID_STATEMENT_NAME) throw error;
      known.delete(which);
      if (options.mayLookAgain === false) throw error;
    }
  }
  const another = `registry_jobs_catalog_${++lastNumber}`;
  const snapshot = await look(connection, another, options, await queryFor(connection, options));
  known.set(which, another);
  return snapshot;
}

/** Whether a look at the database takes one flight: it has been looked at in this session before. */
export function isPrepared(connection: Asked): boolean {
  return prepared.get(connection)?.has('database') === true;
}

/** The query, for the version of the server and for what the role may read. */
async function queryFor(connection: Asked, options: SnapshotOptions): Promise<string> {
  const [{ rows }] = await pinned(connection, options, [READABLE]);
  const query = snapshotSql({
    major: Number.parseInt(connection.serverVersion, 10),
    cluster: options.cluster === true,
    readable: new Set(rows.map(({ column }) => String(column))),
  });
  const { sent } = textsOf(connection.serverEncoding);
  if (sent('') === '') return query;
  const texts = TEXTS.map((name) => `${sent(`q."${name}"`)} AS "${name}"`);
  return `SELECT ${texts.join(', ')}, q.catalog, q.object, q.part FROM (${query}) q`;
}

/** What of a row is a text. */
const TEXTS = ['kind', 'name', 'of', 'properties'];

/** Subscriptions are the server's, with passwords: a superuser may read them, others some of their columns. */
const READABLE = `SELECT attname AS column FROM pg_attribute WHERE attrelid = 'pg_subscription'::regclass
  AND has_column_privilege(attrelid, attnum, 'SELECT')`;

/**
 * Where others make and drop objects at the same time, one that was found may be gone when its definition is asked for: it is looked again.
 *
 * @param query to be prepared under the name first
 */
async function look(
  connection: Asked,
  name: string,
  options: SnapshotOptions,
  query?: string,
): Promise<Snapshot> {
  let prepare = query === undefined ? [] : [`PREPARE ${name} AS ${query}`];
  for (let left = MOST_LOOKS; ; left--) {
    try {
      const answers = await pinned(connection, options, [...prepare, `EXECUTE ${name}`]);
      const rows = readTexts(textsOf(connection.serverEncoding), answers.at(-1)?.rows ?? [], TEXTS);
      return collectObjects(rows, options.leaveOut ?? []);
    } catch (error) {
      if (left === 1 || options.mayLookAgain === false || !isPostgresError(error) || !isInternal(error.code))
        throw error;
      prepare = [];
    }
  }
}

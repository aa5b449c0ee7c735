import { createHash } from 'node:crypto';

/** Where a ledger lives. */
export interface LedgerName {
  readonly schema: string;
  readonly table: string;
}

/**
 * Where it is, unless somebody wants two in one database or has it elsewhere. Compared by identity: this very object says that nobody
 * named one, and only then is it looked for elsewhere before it is created.
 */
export const defaultLedger: LedgerName = { schema: 'public', table: 'schema_migrations' };

const PART = /(?:"((?:[^"]|"")+)"|([^".]+))/;
const NAME = new RegExp(`^${PART.source}(?:\\.${PART.source})?$`);

/** As {@link parseLedgerName} reads it; for a shell, what has quotes has to be quoted once more. */
export function showLedgerName({ schema, table }: LedgerName): string {
  return [schema, table]
    .map((part) => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part))
    .join('.');
}

/**
 * Reads a ledger's name: `schema.table`, or `table` alone for one in `public`. Quoted when used, so case counts; a name with a dot
 * in it has to be in double quotes, as in SQL.
 *
 * @throws Error whose message completes "NAME: ..."
 */
export function parseLedgerName(text: string): LedgerName {
  const parts = NAME.exec(text);
  const first = parts?.[1]?.replaceAll('""', '"') ?? parts?.[2];
  const second = parts?.[3]?.replaceAll('""', '"') ?? parts?.[4];
  if (first === undefined)
    throw new Error(
      `"${text}" is not the name of a table, such as schema_migrations or app.schema_migrations`,
    );
  // Ours is this long with what the journal adds; Postgres would cut a longer one, and two ledgers could share it.
  const LONGEST = 63 - '_journal'.length;
  const table = second ?? first;
  if (Buffer.byteLength(table) > LONGEST)
    throw new Error(
      `"${table}" is longer than ${LONGEST} bytes: the journal has the same name with _journal`,
    );
  return second === undefined ? { schema: 'public', table } : { schema: first, table };
}

/**
 * The key of the advisory lock that a run of migrations holds: one per database and ledger, so that two
 * applications in one database do not wait for each other. Advisory locks are local to a database already;
 * its name is in the key so that the same number never means two things to a person who reads `pg_locks`.
 */
export function migrationLockKey(database: string, ledger: LedgerName): bigint {
  const digest = createHash('sha256')
    .update(`registry-jobs\0${database}\0${ledger.schema}\0${ledger.table}`)
    .digest();
  return digest.readBigInt64BE();
}

/**
 * SQL that is true while a session holds the lock: a 64-bit key stands in `pg_locks` as two halves.
 *
 * @param session a further condition on the row `l` of `pg_locks`
 */
export function lockIsHeld(key: bigint, session = 'true'): string {
  const unsigned = BigInt.asUintN(64, key);
  return `EXISTS (
    SELECT FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.classid = ${unsigned >> 32n} AND l.objid = ${unsigned & 0xffff_ffffn} AND ${session})`;
}

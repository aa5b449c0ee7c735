import { createHash } from 'node:crypto';
import type { LedgerName } from '../../settings/ledger-name.ts';

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
 * SQL that is true while the session that asks holds the lock, and leaves it as it was. To look for it in `pg_locks` takes several times as long.
 * Only what is held can be given back; meanwhile the transaction holds it as well, so that
 * nobody else can take it; and AND asks in this order.
 */
export function ownLockIsHeld(key: bigint): string {
  const calls = ['pg_try_advisory_xact_lock', 'pg_advisory_unlock', 'pg_try_advisory_lock'];
  return `(${calls.map((call) => `pg_catalog.${call}(${key}::bigint)`).join(' AND ')})`;
}

/**
 * SQL that is true while a session holds the lock: a 64-bit key stands in `pg_locks` as two halves.
 *
 * @param session a further condition on the row `l` of `pg_locks`
 */
export function lockIsHeld(key: bigint, session = 'true'): string {
  return `EXISTS (
    SELECT FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
    WHERE ${isKey(key)} AND ${session})`;
}

function isKey(key: bigint): string {
  const unsigned = BigInt.asUintN(64, key);
  return `l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.classid = ${unsigned >> 32n} AND l.objid = ${unsigned & 0xffff_ffffn}`;
}

/** SQL that gives the lock back. */
export function unlockSql(key: bigint): string {
  return `SELECT pg_catalog.pg_advisory_unlock(${key}::bigint)`;
}

import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteLiteral } from '../identifiers.ts';
import { heldByAnother } from './at-work.ts';
import { FLYWAY_TABLE, tablesOf } from './unreadable.ts';

/** What a server says of itself and of a database, for a survey. */
export interface ServerRow {
  readonly at: string;
  readonly locked: boolean;
  readonly user: string;
  readonly version: string;
  readonly replica: boolean;
  readonly empty: boolean;
  readonly flyway: boolean;
  /** Schemas that have a table of the ledger's name, or what may be read like one. */
  readonly elsewhere: readonly string[];
}

/** Asks for it. What an extension brings along does not make a database non-empty. */
export function serverSql(name: LedgerName, lockKey: bigint): string {
  const ours = tablesOf(name).map((table) => `pg_catalog.to_regclass(${quoteLiteral(table)})`);
  return `SELECT pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.clock_timestamp())) AS at, current_user AS "user", ${heldByAnother(lockKey)} AS locked,
    pg_catalog.current_setting('server_version') AS version, pg_catalog.pg_is_in_recovery() AS replica,
    pg_catalog.to_regclass('${FLYWAY_TABLE}') IS NOT NULL AS flyway,
    ARRAY(SELECT n.nspname::text FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version' AND NOT a.attisdropped
      WHERE c.relname = ${quoteLiteral(name.table)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
        AND n.nspname NOT IN ('information_schema', ${quoteLiteral(name.schema)}) ORDER BY n.nspname) AS elsewhere,
    NOT EXISTS (
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND c.oid <> ALL (ARRAY[${ours.join(', ')}]::oid[] || 0::oid) IS NOT FALSE
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')) AS empty`;
}

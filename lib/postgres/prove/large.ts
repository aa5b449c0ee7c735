import type { Script } from '../../migrations/script/statement.ts';
import type { ProveNote } from '../../reports/prove.ts';
import { formatBytes } from '../../text/bytes.ts';
import type { Connection } from '../session/connection.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { placeOf } from './findings.ts';

/** Tables that are too large for all of their rows to be summed up after each trial, and which of them a file has written to. */
export interface LargeTables {
  readonly leaveOut: readonly TableName[];
  /** Asks in a transaction, whether or not a part of it was undone. Nothing is sent where there is none. */
  readonly peek?: (connection: Connection) => Promise<unknown>;
  /** Says of a file, once, what was not looked at since the last one. */
  notes(script: Script): ProveNote[];
}

export const NO_LARGE_TABLES: LargeTables = { leaveOut: [], notes: () => [] };

/**
 * Finds the tables whose rows take more than so many bytes. That one was written to is told by the counters of the transaction, which count
 * what was undone as well, and by the file that its rows are in.
 */
export async function findLargeTables(connection: Connection, upTo: number): Promise<LargeTables> {
  if (upTo === Infinity) return NO_LARGE_TABLES;
  const { rows } = await connection.send(LARGE, { values: [upTo] });
  if (rows.length === 0) return NO_LARGE_TABLES;
  const sizes = new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
  const written = new Set<string>();
  const sql = writtenSql(rows);
  return {
    leaveOut: rows.map(({ schema, table }) => ({
      ...{ schema: String(schema), table: String(table) },
      rowsOnly: true,
    })),
    peek: async (one) => {
      const found = await one.send(sql);
      for (const { name } of found.rows) written.add(String(name));
    },
    notes: (script) => {
      // Without a transaction there are no counters to be asked in time.
      const isKnown = script.directives.transaction;
      const seen = new Set(written);
      written.clear();
      return [...sizes].flatMap(([name, bytes]) => {
        if (isKnown && !seen.has(name)) return [];
        const message = isKnown
          ? `It writes to ${name} (${formatBytes(bytes)}), whose rows were not compared: --rows-up-to ${enough(bytes)} does that.`
          : `Whether it changes rows of ${name} (${formatBytes(bytes)}) was not looked at: --rows-up-to ${enough(bytes)} does that.`;
        return [{ code: 'rows-not-compared', message, location: placeOf(script, 0).location }];
      });
    },
  };
}

/** A size as the option takes it, which is not below this one. */
function enough(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}MB`;
}

const LARGE = `SELECT c.oid::text AS oid, pg_catalog.pg_relation_filenode(c.oid)::text AS file, n.nspname AS schema, c.relname AS "table",
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, pg_catalog.pg_table_size(c.oid)::text AS bytes
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.oid >= ${FIRST_OWN_OID} AND n.nspname <> 'information_schema'
    AND pg_catalog.pg_table_size(c.oid) > $1::bigint ORDER BY name`;

function writtenSql(rows: readonly Record<string, unknown>[]): string {
  const values = rows.map(
    ({ oid, file }, index) => `(${index}, ${oid}::pg_catalog.oid, ${file}::pg_catalog.oid)`,
  );
  const names = rows.map(({ name }, index) => `WHEN ${index} THEN '${String(name).replaceAll("'", "''")}'`);
  return `SELECT CASE l.index ${names.join(' ')} END AS name FROM (VALUES ${values.join(', ')}) l(index, oid, file)
    WHERE pg_catalog.pg_relation_filenode(l.oid) IS DISTINCT FROM l.file
      OR pg_catalog.current_setting('track_counts') <> 'on'
      OR pg_catalog.pg_stat_get_xact_tuples_inserted(l.oid) + pg_catalog.pg_stat_get_xact_tuples_updated(l.oid)
        + pg_catalog.pg_stat_get_xact_tuples_deleted(l.oid) > 0`;
}

import type { Runner } from '../../engine/context.ts';
import type { Bundle, KnownBundles } from '../../plan/known.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';

export function bundlesTable({ schema, table }: LedgerName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(`${table}_bundles`)}`;
}

/**
 * Reads the last bundle, and whether one was ever run; no row at all before the first. The files of the last one only if it is
 * another: there may be thousands of them.
 */
export function readBundlesSql(name: LedgerName, id: string): string {
  const table = bundlesTable(name);
  const own = quoteLiteral(id);
  return `SELECT id, who, pg_catalog.to_json(recorded_at)::text AS at, CASE WHEN id <> ${own} THEN files END AS files,
      EXISTS (SELECT FROM ${table} WHERE id = ${own}) AS ran
    FROM ${table} ORDER BY number DESC LIMIT 1`;
}

/** Makes sense of what {@link readBundlesSql} answered. */
export function parseBundles(rows: readonly Record<string, unknown>[], own: Bundle): KnownBundles {
  const [row] = rows;
  if (!row) return { ranBefore: false };
  const { id, who, at, files, ran } = row;
  return {
    ranBefore: ran === true && id !== own.id,
    last: {
      id: String(id),
      who: String(who),
      recordedAt: `${JSON.parse(String(at))}Z`,
      files: Array.isArray(files) ? files : own.files,
    },
  };
}

/**
 * Records a bundle as the last one. Of those before it only the name is kept, which is enough to recognise them.
 */
export function recordBundleSql(
  name: LedgerName,
  { id, files }: Bundle,
  { who, toolVersion }: Runner,
): string[] {
  const table = bundlesTable(name);
  const now = `pg_catalog.timezone('utc', pg_catalog.clock_timestamp())`;
  const next = `(SELECT coalesce(max(number), 0) + 1 FROM ${table})`;
  const values = [
    quoteLiteral(id),
    next,
    quoteLiteral(JSON.stringify(files)),
    now,
    quoteLiteral(who),
    quoteLiteral(toolVersion),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (id text PRIMARY KEY, number bigint NOT NULL, files jsonb,
      recorded_at timestamp NOT NULL, who text NOT NULL, tool_version text NOT NULL)`,
    `UPDATE ${table} SET files = NULL WHERE files IS NOT NULL`,
    `INSERT INTO ${table} (id, number, files, recorded_at, who, tool_version) VALUES (${values.join(', ')})
      ON CONFLICT (id) DO UPDATE SET number = excluded.number, files = excluded.files, recorded_at = excluded.recorded_at,
        who = excluded.who, tool_version = excluded.tool_version`,
  ];
}

import type { Runner } from '../../engine/session-options.ts';
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
  return `SELECT b.id, b.who, pg_catalog.to_json(b.recorded_at)::text AS at, CASE WHEN b.id <> ${own} THEN b.files END AS files,
      o.id IS NOT NULL AS ran, o.first_number > b.first_number AS came_later, b.by_deploy
    FROM ${table} b LEFT JOIN ${table} o ON o.id = ${own} ORDER BY b.number DESC LIMIT 1`;
}

/** Makes sense of what {@link readBundlesSql} answered. */
export function parseBundles(rows: readonly Record<string, unknown>[], own: Bundle): KnownBundles {
  const [row] = rows;
  if (!row) return { ranBefore: false };
  const { id, who, at, files, ran, came_later: cameLater, by_deploy: byDeploy } = row;
  return {
    ranBefore: ran === true && id !== own.id,
    cameLater: cameLater === true,
    last: {
      id: String(id),
      who: String(who),
      byDeploy: byDeploy === true,
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
  { who, toolVersion, isDeploy }: Runner,
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
    String(isDeploy),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (id text PRIMARY KEY, number bigint NOT NULL, files jsonb,
      recorded_at timestamp NOT NULL, who text NOT NULL, tool_version text NOT NULL, first_number bigint NOT NULL, by_deploy boolean NOT NULL)`,
    `UPDATE ${table} SET files = NULL WHERE files IS NOT NULL`,
    `INSERT INTO ${table} (id, number, files, recorded_at, who, tool_version, by_deploy, first_number)
      VALUES (${values.join(', ')}, ${next})
      ON CONFLICT (id) DO UPDATE SET number = excluded.number, files = excluded.files, recorded_at = excluded.recorded_at,
        who = excluded.who, tool_version = excluded.tool_version, by_deploy = excluded.by_deploy`,
  ];
}

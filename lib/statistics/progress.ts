import type { Connection } from '../postgres/session/connection.ts';

/** How far the state, from which the statistics are added up, has followed the registry's tables. */
export interface Progress {
  /** Captured changes that were ever added to it. */
  readonly rowsFolded: number;
  /** How long ago it was as new as all tables, in milliseconds; missing when that has never been so. */
  readonly lagMs?: number;
}

/** Of a database that keeps no such account, or does not show it to this user, there is nothing to tell. */
export async function readProgress(connection: Connection): Promise<Progress | undefined> {
  const [visible] = (
    await connection.send(
      `SELECT pg_catalog.has_table_privilege(pg_catalog.to_regclass('public.statistics_sources'), 'SELECT') AS it`,
    )
  ).rows;
  if (visible?.it !== true) return undefined;
  const [row] = (
    await connection.send(
      `SELECT pg_catalog.sum(rows_folded)::text AS rows,
         CASE WHEN pg_catalog.bool_and(brought_up_at IS NOT NULL) THEN extract(epoch FROM
           pg_catalog.clock_timestamp() AT TIME ZONE 'utc' - pg_catalog.min(brought_up_at))::float8 END AS lag
       FROM public.statistics_sources`,
    )
  ).rows;
  const lag = row?.lag;
  return { rowsFolded: Number(row?.rows ?? 0), ...(typeof lag === 'number' && { lagMs: lag * 1000 }) };
}

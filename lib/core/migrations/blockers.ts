import { maskSecrets } from '../sql/mask-secrets.ts';

/** Who stands in the way of a lock. */
export interface Blocker {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** How long its transaction, or its session, has been going on, in seconds. */
  readonly ageSeconds: number;
  /** Its statement, shortened, without what looks like a secret; it may be the last one of an idle session. */
  readonly query: string;
}

const COLUMNS = `a.pid, coalesce(a.usename, '?') AS user, coalesce(a.application_name, '') AS application,
  coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start)), 0)::int AS age,
  coalesce(left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80), '') AS query`;

/** Who holds an advisory lock. Parameter: its key. */
export const BLOCKERS_OF_KEY = `SELECT ${COLUMNS}
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint`;

/** Whom a session waits for, asked by another session while it waits. Parameter: its process id. */
export const BLOCKERS_OF_PID = `SELECT ${COLUMNS}
  FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (pg_catalog.pg_blocking_pids($1))`;

/** Reads the rows of either query. The statements are of other people, and may hold their passwords. */
export function parseBlockers(rows: readonly Record<string, unknown>[]): Blocker[] {
  return rows.map((row) => ({
    pid: Number(row.pid),
    user: String(row.user),
    application: String(row.application),
    ageSeconds: Number(row.age),
    query: maskSecrets(String(row.query)),
  }));
}

/** `pid 4711 (deploy, registry-jobs up), for 12 s: select 1` */
export function describeBlockers(blockers: readonly Blocker[]): string {
  const one = ({ pid, user, application, ageSeconds, query }: Blocker) =>
    `pid ${pid} (${user}${application && `, ${application}`}), for ${ageSeconds} s${query && `: ${query}`}`;
  return blockers.map(one).join('; ') || 'it has just let go';
}

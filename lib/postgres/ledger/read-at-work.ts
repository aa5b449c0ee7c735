import type { AtWork, CommandProgress } from '../../plan/at-work.ts';
import { utc, utcTimes } from '../../text/times.ts';
import type { RunContext } from '../attempt/context.ts';
import { BLOCKERS_OF_PID, describeBlockers, parseBlockers } from '../catalog/blockers.ts';
import type { Connection } from '../session/connection.ts';
import { parseJournalRow, runningSql } from './journal.ts';
import { noRowsIfUnreadable } from './unreadable.ts';

/** Who else holds an advisory lock of this database. Parameter: its key. What we may not see is null. */
const HOLDER = `SELECT a.pid, coalesce(a.usename, '?') AS user, coalesce(a.application_name, '') AS application,
    pg_catalog.to_json(pg_catalog.timezone('utc', a.backend_start)) AS since, a.state, a.query,
    (extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start) * 1000)::float8 AS age
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_catalog.pg_backend_pid()
    AND (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint`;

/** Views of what is in progress, and the first version that has each. */
const VIEWS = [
  ['CREATE INDEX', 'create_index', 13],
  ['VACUUM', 'vacuum', 13],
  ['ANALYZE', 'analyze', 13],
  ['CLUSTER', 'cluster', 13],
  ['COPY', 'copy', 14],
] as const;

/** Parameter: the process id. */
function progressSql(major: number): string {
  return VIEWS.filter(([, , since]) => major >= since)
    .map(
      ([command, view]) =>
        `SELECT '${command}' AS command, pg_catalog.to_jsonb(p) AS row FROM pg_catalog.pg_stat_progress_${view} p WHERE p.pid = $1`,
    )
    .join(' UNION ALL ');
}

/** What is done and how much there is, each by its names in the views. */
const MEASURES = [
  ['blocks_done', 'blocks_total'],
  ['tuples_done', 'tuples_total'],
  ['lockers_done', 'lockers_total'],
  ['heap_blks_scanned', 'heap_blks_total'],
  ['sample_blks_scanned', 'sample_blks_total'],
  ['bytes_processed', 'bytes_total'],
] as const;

/** Reads a row of those views. The server counts to zero between two phases. Pure. */
export function parseProgress(command: string, row: Readonly<Record<string, unknown>>): CommandProgress {
  const number = (name: string) => Number(row[name] ?? 0);
  const [done, total] = MEASURES.find(([, all]) => number(all) > 0) ?? [];
  const rows = number('tuples_processed') || number('heap_tuples_scanned');
  return {
    command: typeof row.command === 'string' ? row.command : command,
    ...(typeof row.phase === 'string' && { phase: row.phase }),
    ...(done && { percent: Math.min(100, Math.floor((100 * number(done)) / number(total ?? ''))) }),
    ...(rows > 0 && { rows }),
  };
}

/** Who holds the lock of the migrations, and what that session does at this moment. Neither writes nor waits. */
export async function readAtWork(
  connection: Connection,
  { lockKey, ledger }: RunContext,
): Promise<AtWork | undefined> {
  const [{ rows: holders }, { rows: running }] = await Promise.all([
    connection.send(HOLDER, { values: [lockKey] }),
    connection.send(runningSql(ledger)).catch(noRowsIfUnreadable),
  ]);
  const [holder] = holders;
  if (!holder) return undefined;
  const pid = Number(holder.pid);
  const major = Number.parseInt(connection.serverVersion, 10);
  const [blocking, progress] = await Promise.all([
    connection.send(BLOCKERS_OF_PID, { values: [pid] }),
    // Nothing depends on it, and a newer server may have other views.
    connection.send(progressSql(major), { values: [pid] }).catch(() => ({ rows: [] })),
  ]);
  const blockers = parseBlockers(blocking.rows);
  const since = typeof holder.since === 'string' ? utc(holder.since) : undefined;
  const [found] = running;
  const row = found && parseJournalRow(found);
  const startedAt = row && utc(row.startedAt);
  // An older one was left by a run that was killed, until the next one writes that down.
  const isItsOwn = startedAt !== undefined && (since === undefined || startedAt >= since);
  const [command] = progress.rows;
  return {
    pid,
    user: String(holder.user),
    application: String(holder.application),
    ...(since && { since }),
    ...(typeof holder.state === 'string' && {
      isActive: holder.state === 'active',
      query: String(holder.query ?? ''),
      queryMs: Number(holder.age ?? 0),
    }),
    ...(row && isItsOwn && { row: { ...row, ...utcTimes(row) }, ageMs: Number(found.age) }),
    blockers,
    ...(blockers.length > 0 && { waitsFor: describeBlockers(blockers) }),
    ...(command && {
      progress: parseProgress(String(command.command), command.row as Record<string, unknown>),
    }),
  };
}

import { isPostgresError } from '../errors/postgres-error.ts';
import { throwIfStopped } from '../errors/stopped.ts';
import { explainAuditError } from '../postgres/explain/audit.ts';
import { QUERY_CANCELED } from '../postgres/explain/sqlstates.ts';
import { withConnection } from '../postgres/session/connection.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import type { AuditReport, DifferingCell, RebuildReport } from './audit-report.ts';
import { databaseOf } from './database.ts';

export interface AuditOptions {
  /** The longest that it may take, in milliseconds: it reads the tables in full. @default 1 hour */
  readonly timeoutMs?: number;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  /** How long the answer to a statement of our own may stay out, in milliseconds. @default 1 minute */
  readonly answerMs?: number;
  /** Asks to stop: it is cancelled, and changes nothing. @default nobody can */
  readonly signal?: AbortSignal;
}

/** More than anybody reads; the rest is counted. */
const MOST_CELLS = 100;
const RESERVE_MS = 5_000;
const HOUR_MS = 3_600_000;

/**
 * Compares the statistics with a full recomputation, in one snapshot. Writes nothing, and nobody waits for it.
 *
 * @throws RegistryJobsError `audit-failed`, `timed-out`, `stopped`, or when there is no connection
 */
export async function audit(settings: PostgresSettings, options: AuditOptions = {}): Promise<AuditReport> {
  const began = performance.now();
  const cells = await inTransaction(
    settings,
    'audit',
    'READ ONLY',
    options,
    `SELECT statistic, cell, recorded, recomputed, count(*) OVER ()::int AS total
     FROM audit_statistics() ORDER BY statistic, cell LIMIT ${MOST_CELLS}`,
  );
  const total = Number(cells[0]?.total ?? 0);
  return {
    command: 'audit',
    status: total > 0 ? 'differs' : 'ok',
    environment: settings.environment,
    database: databaseOf(settings.database),
    total,
    cells: cells.map(({ total: _, ...cell }) => cell as unknown as DifferingCell),
    durationMs: performance.now() - began,
  };
}

/**
 * Counts all statistics anew from the tables and publishes them: what mends a difference that {@link audit} found.
 *
 * @throws RegistryJobsError `rebuild-failed`, `timed-out`, `stopped`, or when there is no connection
 */
export async function rebuild(
  settings: PostgresSettings,
  options: AuditOptions = {},
): Promise<RebuildReport> {
  const began = performance.now();
  await inTransaction(settings, 'rebuild', 'READ WRITE', options, 'SELECT rebuild_statistics()');
  const { environment } = settings;
  const database = databaseOf(settings.database);
  return {
    command: 'rebuild',
    status: 'rebuilt',
    environment,
    database,
    durationMs: performance.now() - began,
  };
}

async function inTransaction(
  settings: PostgresSettings,
  what: 'audit' | 'rebuild',
  mode: 'READ ONLY' | 'READ WRITE',
  { timeoutMs = HOUR_MS, deadline = Infinity, answerMs, signal }: AuditOptions,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const limit = Math.max(1, Math.floor(Math.min(timeoutMs, deadline - Date.now() - RESERVE_MS)));
  const giveUpAt = Date.now() + limit + RESERVE_MS / 2;
  const session = { purpose: `registry-jobs ${what}`, giveUpAt, answerMs, signal };
  return withConnection(settings.database, session, async (connection) => {
    const began = performance.now();
    try {
      await connection.isOurs;
      const [, , , answer] = await Promise.all([
        connection.send(`BEGIN ISOLATION LEVEL READ COMMITTED ${mode}`),
        connection.send(`SELECT pg_catalog.set_config('statement_timeout', $1, true)`, {
          values: [`${limit}ms`],
        }),
        connection.send('SET LOCAL lock_timeout = 0'),
        connection.send(sql, { mayTakeMs: limit, mayBeStopped: true }),
        connection.send('COMMIT', { mayTakeMs: limit, mayBeStopped: true }),
      ]);
      return answer.rows;
    } catch (error) {
      if (isPostgresError(error) && error.code === QUERY_CANCELED)
        throwIfStopped(signal, `: the ${what} was cancelled, and nothing was changed`, { cause: error });
      const tookMs = performance.now() - began;
      throw explainAuditError(error, { what, limitMs: limit, tookMs, user: settings.database.user });
    }
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type LedgerName, migrationLockKey } from '../advisory-lock.ts';
import { type Connection, withConnection } from '../connection.ts';
import { RegistryJobsError, toErrorReport } from '../errors.ts';
import type { DatabaseSettings, Settings } from '../settings/settings.ts';
import { type Attempt, attemptMigration } from './apply.ts';
import type { OnMigrationEvent } from './events.ts';
import type { Migration } from './migration.ts';
import type { AppliedReport, FailedReport } from './report.ts';
import { surveyLocked } from './session.ts';

/** No migration is started with less time than this; a rollback and our report need some too. */
export const RESERVE_MS = 10_000;
const MOST_ATTEMPTS = 8;
const FIRST_DELAY_MS = 200;

export interface ApplyOptions {
  readonly settings: Settings;
  readonly ledger: LedgerName;
  /** In milliseconds since the epoch; may be Infinity. */
  readonly deadline: number;
  readonly onEvent: OnMigrationEvent;
}

/** An applied migration, and whether the session may be used for the next one. */
export type Applied = AppliedReport & { readonly isClean: boolean };

/** Applies one migration, as often as another transaction stands in its way, and says what is true in the end. */
export async function applyWithRetries(
  connection: Connection,
  migration: Migration,
  { settings, ledger, deadline, onEvent }: ApplyOptions,
): Promise<Applied | FailedReport> {
  const began = performance.now();
  const { file } = migration.up;
  const lockKey = migrationLockKey(settings.database.database, ledger);
  for (let attempts = 1; ; attempts++) {
    const left = deadline - Date.now() - RESERVE_MS;
    const base = { version: migration.version, file, attempts };
    if (left <= 0) {
      return {
        ...base,
        durationMs: performance.now() - began,
        error: toErrorReport(outOfTime(file)),
        notices: [],
      };
    }
    const { lockTimeoutMs } = settings.migrations;
    const statementTimeoutMs = Number.isFinite(left) ? Math.floor(left) : 0;
    const flight = { ledger, lockKey, lockTimeoutMs, statementTimeoutMs };
    let attempt = await attemptMigration(connection, migration, flight, onEvent);
    if (attempt.outcome === 'unknown')
      attempt = await askLedger(attempt, migration, settings.database, ledger);
    const common = { ...base, durationMs: performance.now() - began, notices: attempt.notices };
    if (attempt.outcome === 'applied') {
      const { startedAt, finishedAt, isClean } = attempt;
      return { ...common, startedAt, finishedAt, statements: migration.up.statements.length, isClean };
    }
    const retry = attempt.outcome === 'rolled-back' && attempt.retry && attempts < MOST_ATTEMPTS;
    if (!retry) return { ...common, error: toErrorReport(attempt.error) };
    const delayMs = Math.round(FIRST_DELAY_MS * 2 ** (attempts - 1) * (0.5 + Math.random()));
    onEvent({ type: 'migration-retried', file, reason: attempt.error.message, delayMs });
    await sleep(delayMs);
  }
}

/**
 * After a lost connection the ledger decides. It is read under the lock, which the lost session has given up
 * only when the server is through with it: so what is read then stays true.
 */
async function askLedger(
  attempt: Extract<Attempt, { outcome: 'unknown' }>,
  migration: Migration,
  database: DatabaseSettings,
  ledger: LedgerName,
): Promise<Attempt> {
  const PATIENCE_MS = 30_000;
  try {
    return await withConnection(database, 'registry-jobs up', async (connection) => {
      const survey = await surveyLocked(connection, database, ledger, { until: Date.now() + PATIENCE_MS });
      const row = survey.ledger.rows.find(({ version }) => version === migration.version);
      if (!row?.finishedAt) return { ...attempt, outcome: 'rolled-back', retry: false };
      const { startedAt = row.finishedAt, finishedAt } = row;
      return { outcome: 'applied', startedAt, finishedAt, notices: attempt.notices, isClean: false };
    });
  } catch (cause) {
    const message = `${attempt.error.message} Whether ${migration.up.file} was kept is not known.`;
    const hint = 'When the server answers again, run status: the ledger knows.';
    return { ...attempt, error: new RegistryJobsError('outcome-unknown', message, { hint, cause }) };
  }
}

function outOfTime(file: string): RegistryJobsError {
  return new RegistryJobsError('out-of-time', `${file} was not started: the time for this run is used up.`, {
    hint: 'Run again: it goes on from here.',
  });
}

import type { LedgerName } from '../advisory-lock.ts';
import { type Connection, withConnection } from '../connection.ts';
import { RegistryJobsError, toErrorReport } from '../errors.ts';
import { isPostgresError } from '../postgres-error.ts';
import type { Settings } from '../settings/settings.ts';
import { type ApplyOptions, applyWithRetries, RESERVE_MS } from './apply-with-retries.ts';
import type { CompiledMigrations } from './compiled.ts';
import type { OnMigrationEvent } from './events.ts';
import { ensureLedgerSql } from './ledger.ts';
import type { Migration } from './migration.ts';
import { type PlanOptions, planUp } from './plan.ts';
import { PlanError } from './plan-error.ts';
import type { AppliedReport, FailedReport, MigrationReport } from './report.ts';
import { surveyLocked } from './session.ts';
import { serverDetails } from './statement-error.ts';

export interface UpOptions extends PlanOptions {
  readonly ledger?: LedgerName;
  /** How long to wait for another runner, in milliseconds. @default 5 minutes */
  readonly waitForLockMs?: number;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  readonly onEvent?: OnMigrationEvent;
}

export const defaultLedger: LedgerName = { schema: 'public', table: 'schema_migrations' };

/**
 * Applies the pending migrations, each in a transaction of its own and one network flight. Stops at the first
 * that fails: what was applied before it stays, and the report says what is true.
 *
 * @returns the report, also when a migration failed (`status: 'failed'`)
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, or (PlanError) files and ledger disagree
 */
export async function up(
  compiled: CompiledMigrations,
  settings: Settings,
  options: UpOptions = {},
): Promise<MigrationReport> {
  const began = performance.now();
  const ledger = options.ledger ?? defaultLedger;
  const onEvent = options.onEvent ?? (() => {});
  return withConnection(settings.database, 'registry-jobs up', async (connection) => {
    const survey = await surveyLocked(connection, settings.database, ledger, {
      until: Math.min(
        Date.now() + (options.waitForLockMs ?? 5 * 60_000),
        (options.deadline ?? Infinity) - RESERVE_MS,
      ),
      onWait: (blockers) => onEvent({ type: 'waiting-for-lock', blockers }),
    });
    const plan = planUp(compiled.migrations, survey.ledger.rows, options);
    if (plan.problems.length > 0) throw new PlanError(plan.problems);
    if (plan.pending.length > 0) await prepareLedger(connection, ensureLedgerSql(ledger, survey.ledger));
    const { applied, failed } = await applyAll(connection, plan.pending, {
      settings,
      ledger,
      deadline: options.deadline ?? Infinity,
      onEvent,
    });
    return {
      command: 'up',
      status: failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do',
      environment: settings.environment,
      database: survey.database,
      applied,
      ...(failed && { failed }),
      notRun: plan.pending.slice(applied.length + 1).map((migration) => migration.version),
      alreadyApplied: plan.entries.filter((entry) => entry.state === 'applied').length,
      warnings: plan.warnings,
      durationMs: performance.now() - began,
    };
  });
}

/** One after the other, until one fails. */
async function applyAll(
  connection: Connection,
  pending: readonly Migration[],
  options: ApplyOptions,
): Promise<{ applied: AppliedReport[]; failed?: FailedReport }> {
  const applied: AppliedReport[] = [];
  let isClean = true;
  for (const [index, migration] of pending.entries()) {
    const { version, up: script } = migration;
    const progress = {
      file: script.file,
      index: index + 1,
      total: pending.length,
      statements: script.statements.length,
    };
    options.onEvent({ type: 'migration-started', ...progress });
    if (!isClean) {
      const error = toErrorReport(unclean(applied.at(-1)?.file));
      return {
        applied,
        failed: { version, file: script.file, durationMs: 0, attempts: 0, error, notices: [] },
      };
    }
    const result = await applyWithRetries(connection, migration, options);
    if ('error' in result) return { applied, failed: result };
    const { isClean: clean, ...report } = result;
    isClean = clean;
    applied.push(report);
    options.onEvent({ type: 'migration-applied', file: script.file, durationMs: report.durationMs });
  }
  return { applied };
}

function unclean(before = ''): RegistryJobsError {
  return new RegistryJobsError('session-lost', `After ${before} the session could not be used any more.`, {
    hint: 'Run again: it goes on from here.',
  });
}

/** Creates or completes the ledger, in one flight. */
async function prepareLedger(connection: Connection, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  try {
    await Promise.all(['BEGIN READ WRITE', ...statements, 'COMMIT'].map((sql) => connection.send(sql)));
  } catch (error) {
    if (!isPostgresError(error)) throw error;
    throw new RegistryJobsError(
      'ledger-failed',
      `The ledger cannot be created: ${error.message}`,
      serverDetails(error),
    );
  }
}

import { defaultLedger, type LedgerName, migrationLockKey } from '../advisory-lock.ts';
import { type Connection, withConnection } from '../connection.ts';
import { RegistryJobsError, toErrorReport } from '../errors.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { isPostgresError } from '../postgres-error.ts';
import type { Settings } from '../settings/settings.ts';
import { RESERVE_MS, type RunContext } from './context.ts';
import type { OnMigrationEvent } from './events.ts';
import { closeInterruptedSql, createJournalSql } from './journal.ts';
import { assertOurs, ensureLedgerSql } from './ledger.ts';
import { surveyLocked } from './lock.ts';
import type { Known, Plan } from './plan.ts';
import { PlanError } from './plan-error.ts';
import type { MigrationReport } from './report.ts';
import { type Done, runTasks } from './run-tasks.ts';
import { serverDetails } from './statement-error.ts';
import { type Survey, survey } from './survey.ts';

/** What every command that changes the schema can be told. */
export interface RunOptions {
  readonly ledger?: LedgerName;
  /** How long to wait for another runner, in milliseconds. @default 5 minutes */
  readonly waitForLockMs?: number;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  /** Who runs, for the journal. @default 'unknown' */
  readonly who?: string;
  /** @default 'unknown' */
  readonly toolVersion?: string;
  readonly onEvent?: OnMigrationEvent;
}

/**
 * The frame of `up`, `down`, `redo` and `resume`: one connection, the lock, a plan made under it, the tasks one
 * after the other until one fails, and a report of what is true.
 *
 * @param makePlan called again behind an initial schema, which may have brought a ledger along
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, or (PlanError) files and ledger disagree
 */
export async function run(
  command: MigrationReport['command'],
  settings: Settings,
  options: RunOptions,
  makePlan: (known: Known) => Plan,
): Promise<MigrationReport> {
  const began = performance.now();
  const context = createContext(settings, options);
  return withConnection(
    settings.database,
    `registry-jobs ${command}`,
    async (connection) => {
      const until = Math.min(
        Date.now() + (options.waitForLockMs ?? 5 * 60_000),
        context.deadline - RESERVE_MS,
      );
      const found = await surveyLocked(connection, settings.database, context.ledger, {
        until,
        onWait: (blockers) => context.onEvent({ type: 'waiting-for-lock', blockers }),
      });
      assertOurs(context.ledger, found.ledger);
      const plan = checked(makePlan(knownOf(found)));
      const {
        applied,
        failed,
        notRun,
        warnings = [],
      } = await runPlan(connection, plan, found, context, makePlan);
      return {
        command,
        status: failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do',
        runId: context.runner.runId,
        environment: settings.environment,
        database: found.database,
        ...(plan.target && { target: plan.target }),
        applied,
        ...(failed && { failed }),
        notRun,
        alreadyApplied: plan.entries.filter(({ state }) => state === 'applied').length,
        warnings: [...plan.warnings, ...warnings],
        durationMs: performance.now() - began,
      };
    },
    { giveUpAt: Math.max(context.deadline - RESERVE_MS / 2, Date.now() + 1_000) },
  );
}

export function createContext(settings: Settings, options: RunOptions): RunContext {
  const {
    ledger = defaultLedger,
    deadline = Infinity,
    onEvent = () => {},
    who = 'unknown',
    toolVersion = 'unknown',
  } = options;
  const lockKey = migrationLockKey(settings.database.database, ledger);
  return {
    settings,
    ledger,
    lockKey,
    deadline,
    onEvent,
    runner: { runId: crypto.randomUUID(), who, toolVersion },
  };
}

export function knownOf({ ledger, unsettled, isEmpty, flyway }: Survey): Known {
  return { ledger: ledger.rows, unsettled, isEmpty, flyway };
}

/** @throws PlanError */
export function checked(plan: Plan): Plan {
  if (plan.problems.length > 0) throw new PlanError(plan.problems);
  return plan;
}

async function runPlan(
  connection: Connection,
  plan: Plan,
  found: Survey,
  context: RunContext,
  makePlan: (known: Known) => Plan,
): Promise<Done> {
  const [first] = plan.tasks;
  if (first?.migration.style !== 'initial') {
    if (plan.tasks.length > 0 || found.unsettled.some(({ status }) => status === 'running')) {
      await prepareTables(connection, found, context);
    }
    return runTasks(connection, plan.tasks, context);
  }
  const initial = await runTasks(connection, [first], context);
  const behind = plan.tasks.slice(1).map(({ migration }) => migration.version);
  if (initial.failed) return { ...initial, notRun: behind };
  // What was planned for an empty ledger may be different now.
  const again = await survey(connection, context.settings.database, context.ledger);
  const next = makePlan(knownOf(again));
  const known = new Set(plan.warnings.map(({ message }) => message));
  const warnings = next.warnings.filter(({ message }) => !known.has(message));
  if (next.problems.length > 0) {
    const { migration } = next.tasks[0] ?? plan.tasks[1] ?? first;
    const error = toErrorReport(new PlanError(next.problems));
    const base = { version: migration.version, file: migration.up.file, direction: 'up' } as const;
    const failed = {
      ...base,
      outcome: 'not-started',
      durationMs: 0,
      attempts: 0,
      error,
      notices: [],
    } as const;
    return { ...initial, failed, notRun: behind.filter((version) => version !== base.version), warnings };
  }
  const rest = await runTasks(connection, next.tasks, context);
  return { ...rest, applied: [...initial.applied, ...rest.applied], warnings };
}

/** Creates or completes ledger and journal, and settles what a killed run left behind: in one flight, if at all. */
async function prepareTables(connection: Connection, found: Survey, { ledger }: RunContext): Promise<void> {
  const statements = prepareSql(ledger, found);
  if (statements.length === 0) return;
  try {
    await Promise.all(['BEGIN READ WRITE', ...statements, 'COMMIT'].map((sql) => connection.send(sql)));
  } catch (error) {
    if (!isPostgresError(error)) throw error;
    throw new RegistryJobsError(
      'ledger-failed',
      `The ledger cannot be prepared: ${error.message}`,
      serverDetails(error, quoteIdentifier(found.database.user)),
    );
  }
}

/** What has to be done to ledger and journal before anything can be written into them. Pure. */
export function prepareSql(ledger: LedgerName, found: Survey): string[] {
  return [
    ...ensureLedgerSql(ledger, found.ledger),
    ...(found.hasJournal ? [] : [createJournalSql(ledger)]),
    ...(found.unsettled.some(({ status }) => status === 'running') ? [closeInterruptedSql(ledger)] : []),
  ];
}

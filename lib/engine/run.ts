import type { Migration } from '../migrations/migration.ts';
import { parseNow } from '../migrations/unparsed.ts';
import type { AtWork } from '../plan/at-work.ts';
import { isAfter, momentOf } from '../plan/since.ts';
import type { MigrationReport } from '../reports/migration.ts';
import { describeAtWork, type RunningReport } from '../reports/running.ts';
import type { Settings } from '../settings/settings.ts';
import type { Dialect } from './dialect.ts';
import { createFrame } from './frame.ts';
import { assertDetachable, type RunOptions } from './run-options.ts';
import type { MakePlan } from './run-plan.ts';

export { createRunner, type RunOptions } from './run-options.ts';

/**
 * The frame of `up`, `down`, `redo` and `resume`: one session, the lock, a plan made under it, the tasks one
 * after the other until one fails, and a report of what is true. Where there is nothing to do nobody is waited for: a run that holds
 * the lock may be at work, but what is committed of it is all that is asked for. A file that the server does by itself uses its session up:
 * what comes after it has another one, and a plan made again.
 *
 * @param isAbsolute whether a plan that is made later comes to the same end: that of `up` does, that of a number of steps does not
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, asked to stop before, or (PlanError) files and ledger disagree
 * @throws UsageError `not-for-sqlite`, `bad-since`
 */
export async function run(
  dialect: Dialect,
  command: MigrationReport['command'],
  settings: Settings,
  options: RunOptions,
  migrations: readonly Migration[],
  makePlan: MakePlan,
  isAbsolute = false,
): Promise<MigrationReport> {
  const began = performance.now();
  if (options.since !== undefined) momentOf(options.since);
  assertDetachable(dialect, options.detach);
  const frame = createFrame(dialect, command, settings, options, migrations, makePlan, isAbsolute);
  const first = await frame.inSession();
  const done = await frame.goOn(first);
  const { plan, survey } = first.planned;
  const { applied, failed, running, notRun, warnings } = done;
  const since = options.since ?? survey.at;
  return {
    command,
    status: running ? 'running' : failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do',
    runId: frame.runId,
    environment: settings.environment,
    database: survey.database,
    at: survey.at,
    ...(plan.target && { target: plan.target }),
    applied,
    ...(failed && { failed }),
    ...(running && { running: await describeLeft(running, migrations, since) }),
    notRun,
    alreadyApplied: plan.entries.filter(({ state }) => state === 'applied').length,
    ...(plan.older && { older: plan.older }),
    warnings: [...plan.warnings, ...warnings],
    durationMs: performance.now() - began,
  };
}

/** What runs on in the server, and whether it was begun before this run was. */
async function describeLeft(
  found: AtWork,
  migrations: readonly Migration[],
  since: string,
): Promise<RunningReport> {
  await parseNow(migrations.filter(({ version }) => version === found.row?.version));
  const report = describeAtWork(found, migrations);
  const isOurs = report.startedAt !== undefined && isAfter(report.startedAt, since);
  return { ...report, detached: true, ...(!isOurs && { byAnotherRun: true as const }) };
}

import { RegistryJobsError, toErrorReport } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import type { CompiledMigrations } from './compiled.ts';
import { type PlanOptions, planUp } from './plan.ts';
import { planHash } from './plan-hash.ts';
import type { MigrationReport } from './report.ts';
import { type RunOptions, run } from './run.ts';

export type UpOptions = PlanOptions &
  RunOptions & {
    /** Refuse to run any other plan than the one that `plan` named so. */
    readonly expectedPlan?: string;
  };

/**
 * Applies the pending migrations, each in a transaction of its own and one network flight. Stops at the first
 * that fails: what was applied before it stays, and the report says what is true.
 *
 * @returns the report, also when a migration failed (`status: 'failed'`)
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, or (PlanError) files and ledger disagree
 */
export function up(
  compiled: CompiledMigrations,
  settings: Settings,
  options: UpOptions = {},
): Promise<MigrationReport> {
  let expected = options.expectedPlan;
  return run('up', settings, options, (known) => {
    const plan = planUp(compiled.migrations, known, options);
    const hash = planHash(plan);
    if (expected === undefined || expected === hash) {
      // After an initial schema the plan is made again, and is another by nature.
      expected = undefined;
      return plan;
    }
    const error = new RegistryJobsError('another-plan', `The plan is ${hash} now, not ${expected}.`, {
      hint: 'Files or ledger have changed since. Look again: registry-jobs plan',
    });
    return { ...plan, problems: [...plan.problems, toErrorReport(error)] };
  });
}

import { type RunOptions, run } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planResume, type ResumeTarget } from '../plan/resume.ts';
import { planUp } from '../plan/up.ts';
import type { MigrationReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

/**
 * Goes on with a file that runs without a transaction, after the last statement that succeeded, or where
 * `options.from` says.
 *
 * @throws RegistryJobsError as {@link up}; PlanError `cannot-resume` when it is not clear where to go on
 */
export function resume(
  compiled: CompiledMigrations,
  settings: Settings,
  options: RunOptions & ResumeTarget = {},
): Promise<MigrationReport> {
  return run(dialectFor(settings), 'resume', settings, options, compiled.migrations, (known) => {
    const { entries, warnings } = planUp(compiled.migrations, known, {
      missingFiles: 'warn',
      outOfOrder: true,
    });
    return { entries, warnings, ...planResume(compiled.migrations, known, options) };
  });
}

import { type RunOptions, run } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type DownTarget, planDown } from '../plan/down.ts';
import type { Plan } from '../plan/plan.ts';
import { planResume, type ResumeTarget } from '../plan/resume.ts';
import type { Task } from '../plan/task.ts';
import { planUp } from '../plan/up.ts';
import type { MigrationReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Undoes migrations by their down files, newest first. Refuses by name, before anything runs, what cannot be undone.
 *
 * @throws RegistryJobsError as {@link up}
 */
export function down(
  compiled: CompiledMigrations,
  settings: Settings,
  target: DownTarget,
  options: RunOptions = {},
): Promise<MigrationReport> {
  return run('down', settings, options, compiled.migrations, (known) =>
    planDown(compiled.migrations, known, target),
  );
}

/**
 * Undoes the newest migration and applies it again.
 *
 * @throws RegistryJobsError as {@link up}
 */
export function redo(
  compiled: CompiledMigrations,
  settings: Settings,
  options: RunOptions = {},
): Promise<MigrationReport> {
  return run('redo', settings, options, compiled.migrations, (known): Plan => {
    const { target: _, ...plan } = planDown(compiled.migrations, known, { steps: 1 });
    const again = plan.tasks.map(({ migration }): Task => ({ migration, direction: 'up' }));
    return { ...plan, tasks: [...plan.tasks, ...again] };
  });
}

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
  return run('resume', settings, options, compiled.migrations, (known) => {
    const { entries, warnings } = planUp(compiled.migrations, known, {
      missingFiles: 'warn',
      outOfOrder: true,
    });
    return { entries, warnings, ...planResume(compiled.migrations, known, options) };
  });
}

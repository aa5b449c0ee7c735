import type { Settings } from '../settings/settings.ts';
import type { CompiledMigrations } from './compiled.ts';
import { type Plan, planUp } from './plan.ts';
import { type DownTarget, planDown } from './plan-down.ts';
import { planResume } from './plan-resume.ts';
import type { MigrationReport } from './report.ts';
import { type RunOptions, run } from './run.ts';
import type { Task } from './task.ts';

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

/** Undoes the newest migration and applies it again. */
export function redo(
  compiled: CompiledMigrations,
  settings: Settings,
  options: RunOptions = {},
): Promise<MigrationReport> {
  return run('redo', settings, options, compiled.migrations, (known): Plan => {
    const plan = planDown(compiled.migrations, known, { steps: 1 });
    const again = plan.tasks.map(({ migration }): Task => ({ migration, direction: 'up' }));
    return { ...plan, tasks: [...plan.tasks, ...again] };
  });
}

/** Goes on with a file that runs without a transaction, behind the last statement that succeeded. */
export function resume(
  compiled: CompiledMigrations,
  settings: Settings,
  options: RunOptions = {},
): Promise<MigrationReport> {
  return run('resume', settings, options, compiled.migrations, (known) => {
    const { entries, warnings } = planUp(compiled.migrations, known, {
      missingFiles: 'warn',
      outOfOrder: true,
    });
    return { entries, warnings, ...planResume(compiled.migrations, known) };
  });
}

import { type RunOptions, run } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { planDown } from '../plan/down.ts';
import type { Plan } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import type { MigrationReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

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
  return run(dialectFor(settings), 'redo', settings, options, compiled.migrations, (known): Plan => {
    const { target: _, ...plan } = planDown(compiled.migrations, known, { steps: 1 });
    const again = plan.tasks.map(({ migration }): Task => ({ migration, direction: 'up' }));
    return { ...plan, tasks: [...plan.tasks, ...again] };
  });
}

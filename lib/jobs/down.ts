import { type RunOptions, run } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { versionsOf } from '../migrations/migration.ts';
import { type DownTarget, planDown } from '../plan/down.ts';
import { PlanError } from '../plan/error.ts';
import { scriptOf } from '../plan/task.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

/**
 * Says which down files `down` would run now, in their order. Neither writes nor waits.
 *
 * @throws PlanError for what cannot be undone; RegistryJobsError when the database cannot be read
 */
export async function filesToUndo(
  compiled: CompiledMigrations,
  settings: Settings,
  target: DownTarget,
): Promise<string[]> {
  return dialectFor(settings).withSession(settings, { purpose: 'down' }, async (session) => {
    const { known } = await session.survey({ versions: versionsOf(compiled.migrations) });
    const { tasks, problems } = planDown(compiled.migrations, known, target);
    if (problems.length > 0) throw new PlanError(problems);
    return tasks.map((task) => scriptOf(task).file);
  });
}

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
  return run(
    dialectFor(settings),
    'down',
    settings,
    options,
    compiled.migrations,
    (known) => planDown(compiled.migrations, known, target),
    'to' in target,
  );
}

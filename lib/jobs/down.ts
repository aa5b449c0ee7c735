import { type RunOptions, run } from '../engine/run.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type DownTarget, planDown } from '../plan/down.ts';
import type { MigrationReport } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

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
  return run(dialectFor(settings), 'down', settings, options, compiled.migrations, (known) =>
    planDown(compiled.migrations, known, target),
  );
}

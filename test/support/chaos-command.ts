/** Apart from what plans a journey: a process that only performs a command starts in two thirds of the time without it. */
import { down } from '../../lib/jobs/down.ts';
import { redo } from '../../lib/jobs/redo.ts';
import { resume } from '../../lib/jobs/resume.ts';
import { type UpOptions, up } from '../../lib/jobs/up.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';

/** A command, as plain data: it may be given to another process. */
export type Command =
  | { readonly verb: 'up' | 'redo' }
  | { readonly verb: 'down'; readonly steps: number }
  | { readonly verb: 'resume'; readonly version?: string; readonly from?: number };

export function perform(
  command: Command,
  compiled: CompiledMigrations,
  settings: PostgresSettings,
  options: UpOptions = {},
): Promise<MigrationReport> {
  switch (command.verb) {
    case 'up':
      return up(compiled, settings, options);
    case 'redo':
      return redo(compiled, settings, options);
    case 'down':
      return down(compiled, settings, { steps: command.steps }, options);
    case 'resume':
      return resume(compiled, settings, { ...options, ...command });
  }
}

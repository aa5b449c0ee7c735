import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type ProveOptions, prove as proveSet } from '../postgres/prove/prove.ts';
import type { ProveReport } from '../reports/prove.ts';
import type { DatabaseSettings } from '../settings/settings.ts';

export type { ProveProgress } from '../postgres/prove/context.ts';
export type { ProveOptions } from '../postgres/prove/prove.ts';

/**
 * Shows, by doing it on a throw-away database, that each file can be run again, stopped anywhere and run again, run late, and undone.
 *
 * @param server where databases may be created and dropped; its own is not touched
 * @throws RegistryJobsError `connect-...`; the server's own error where no database can be made
 */
export function prove(
  server: DatabaseSettings,
  compiled: CompiledMigrations,
  options: ProveOptions,
): Promise<ProveReport> {
  return proveSet(server, compiled, options);
}

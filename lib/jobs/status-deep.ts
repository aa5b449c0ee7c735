import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { StatusReport } from '../reports/status.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import { type DriftOptions, drift, type TrialServer } from './drift.ts';
import { type StatusOptions, status } from './status.ts';

/**
 * {@link status}, and beside it the catalog of the database, compared with what the files make that are applied there: see {@link drift}.
 *
 * @throws RegistryJobsError when the database cannot be read, or no other one made on the server
 */
export async function statusDeep(
  compiled: CompiledMigrations,
  settings: PostgresSettings,
  server: TrialServer,
  options: StatusOptions & DriftOptions = {},
): Promise<StatusReport> {
  const { owner, privileges, signal, ...rest } = options;
  const report = await status(compiled, settings, rest);
  const parts = { ...(owner !== undefined && { owner }), ...(privileges !== undefined && { privileges }) };
  const { ledger } = options;
  return {
    ...report,
    drift: await drift(compiled, settings, server, { ...parts, ...(ledger && { ledger }), signal }),
  };
}

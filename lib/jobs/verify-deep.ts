import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { VerifyReport } from '../reports/verify.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import { type DriftOptions, drift, type TrialServer } from './drift.ts';
import { verify } from './verify.ts';

/**
 * {@link verify}, and beside it the catalog of the database, compared with what the files make that are applied there: see {@link drift}.
 *
 * @throws RegistryJobsError when the database cannot be read, or no other one made on the server
 */
export async function verifyDeep(
  compiled: CompiledMigrations,
  settings: PostgresSettings,
  server: TrialServer,
  options: DriftOptions = {},
): Promise<VerifyReport> {
  const { ledger } = options;
  const report = await verify(compiled, settings, { ...(ledger && { ledger }) });
  const found = await drift(compiled, settings, server, options);
  return { ...report, status: found.status === 'none' ? report.status : 'problems', drift: found };
}

import type { CompiledMigrations } from '../migrations/compiled.ts';
import { driftFrom, makeRoles } from '../postgres/drift/drift.ts';
import { readThere } from '../postgres/drift/read-there.ts';
import type { DriftReport } from '../reports/drift.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { DatabaseSettings, PostgresSettings } from '../settings/settings.ts';

/** A server on which the files are run, in databases of their own. */
export interface TrialServer {
  readonly settings: DatabaseSettings;
  /** Where it is from, for the report. */
  readonly source: string;
  /** Whether roles that it lacks are made, which cannot log in: on a server that is thrown away. */
  readonly mayMakeRoles: boolean;
  /** More servers like this one, for a proof. @default none */
  readonly beside?: readonly DatabaseSettings[];
}

export interface DriftOptions {
  /** The table that says what is applied. @default that of the settings */
  readonly ledger?: LedgerName;
  /** Whether whose everything is, and who has granted something, matters. @default true */
  readonly owner?: boolean;
  /** Whether who may do what matters. @default true */
  readonly privileges?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares the catalog of a database with what the files make that are applied there. The files run on another server. The database is read
 * in one transaction that reads only, and which waits 2 seconds for a lock at the most.
 *
 * @throws RegistryJobsError `connect-...`, `ledger-...`, `catalog-locked`, `catalog-slow`
 */
export async function drift(
  compiled: CompiledMigrations,
  settings: PostgresSettings,
  server: TrialServer,
  options: DriftOptions = {},
): Promise<DriftReport> {
  const compare = await readForDrift(settings, server, options);
  return compare(compiled);
}

/** Reads the database, so that what is wrong with it is told before any work; the comparison is what comes back. */
export async function readForDrift(
  settings: PostgresSettings,
  server: TrialServer,
  options: DriftOptions,
): Promise<(compiled: CompiledMigrations) => Promise<DriftReport>> {
  const { ledger = settings.ledger, ...rest } = options;
  const there = await readThere(settings.database, ledger, options.signal);
  if (server.mayMakeRoles) await makeRoles(server.settings, there.roles);
  return (compiled) =>
    driftFrom(server.settings, compiled, there, { ...rest, ledger, source: server.source });
}

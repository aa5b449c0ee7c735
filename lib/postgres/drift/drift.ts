import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { type ComparableOptions, makeComparable, type Seen } from '../../plan/comparable.ts';
import { compareSnapshots, type Difference } from '../../plan/differences.ts';
import { type Arranged, arrangeDifferences, filesToCompare, isWrittenOut } from '../../plan/drift.ts';
import type { DriftReport } from '../../reports/drift.ts';
import { redactDeep } from '../../secrets/redact.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { loadParser } from '../parser/parser.ts';
import { withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';
import type { There } from './read-there.ts';
import { runFiles, sessionsAsThere } from './run-files.ts';
import { isSameSql } from './same-sql.ts';

export interface DriftOptions extends ComparableOptions {
  /** Where the server is from, for the report. */
  readonly source: string;
  readonly ledger: LedgerName;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the files that are applied to a database on another server, and compares what both have. Nothing is done to that database.
 *
 * @param server where databases may be created; its own is not touched
 * @param there the database, as it was read
 */
export async function driftFrom(
  server: DatabaseSettings,
  compiled: CompiledMigrations,
  there: There,
  options: DriftOptions,
): Promise<DriftReport> {
  const { source, ledger, owner = true, privileges = true, signal } = options;
  const { applied, ...others } = filesToCompare(compiled.migrations, there.known);
  const made = await runFiles(sessionsAsThere(server, there), applied, { ledger, there, signal });
  const found = 'failed' in made ? NOTHING : await compare(made, there, options);
  const isFound = found.onlyThere.length + found.onlyInFiles.length + found.different.length > 0;
  return {
    code: 'drift',
    status: 'failed' in made ? 'not-shown' : isFound ? 'found' : 'none',
    database: there.database,
    server: { version: made.version, source },
    appliedBy: there.known ? 'ledger' : 'no-ledger',
    applied: applied.length,
    ...others,
    ...found,
    madeBefore: 'failed' in made ? [] : made.madeBefore,
    notCompared: [...(owner ? [] : ['owners']), ...(privileges ? [] : ['privileges']), ...found.notCompared],
    ...('failed' in made && { failed: made.failed }),
  };
}

/** Makes the roles that a server lacks, on one that is thrown away: files grant things to them. None of them may log in. */
export async function makeRoles(server: DatabaseSettings, roles: readonly string[]): Promise<void> {
  await withConnection(server, quickly('registry-jobs drift'), async (connection) => {
    const { rows } = await connection.send('SELECT rolname::text AS name FROM pg_catalog.pg_roles');
    const known = new Set(rows.map(({ name }) => name));
    await connection.send('SET default_transaction_read_only = off');
    for (const role of roles)
      if (!known.has(role)) await connection.send(`CREATE ROLE ${quoteIdentifier(role)} NOLOGIN`);
  });
}

const NOTHING = { ...arrangeDifferences([]), notCompared: [] as readonly string[] };

/** What of two catalogs is not the same, whatever the versions of their servers. */
export async function compare(
  made: Seen,
  there: Seen,
  options: ComparableOptions,
): Promise<Arranged & { readonly notCompared: readonly string[] }> {
  const comparable = makeComparable(made, there, options);
  const differences = compareSnapshots(comparable.files, comparable.there);
  const { notCompared } = comparable;
  // What was made by an older version stays in its words when the server is upgraded.
  await loadParser();
  const spelled = new Set(differences.filter(isSpelledOtherwise));
  const wholes = new Set([...spelled].map(({ kind, name }) => `${kind} ${name}`));
  const real = differences.filter((each) => !spelled.has(each) && !isTypeOfExtract(each, wholes));
  // Each text as a whole: of a part of it nobody can tell what a quote means.
  return { ...arrangeDifferences(redactDeep(real, [])), notCompared };
}

/** A column of a view that gives what EXTRACT does, which was a double precision before 14. */
function isTypeOfExtract({ of, property, before, after }: Difference, views: ReadonlySet<string>): boolean {
  const types = [before, after].sort().join();
  return property === 'type' && views.has(of ?? '') && types === 'double precision,numeric';
}

/** Whether it is only that each version of the server writes it in its own way. */
function isSpelledOtherwise(difference: Difference): boolean {
  const { before, after } = difference;
  return isWrittenOut(difference) && isSameSql(String(before), String(after));
}

import { RegistryJobsError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { recordCatalog, showCatalog } from '../plan/expected-catalog.ts';
import { digestOf } from '../plan/pending.ts';
import { makeRoles } from '../postgres/drift/drift.ts';
import { type Made, runFiles } from '../postgres/drift/run-files.ts';
import { missingRoleIn } from '../postgres/prove/lacks.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { DatabaseSettings } from '../settings/settings.ts';
import type { Made as MadeOfSqlite } from '../sqlite/prove/catalog.ts';
import type { TrialServer } from './drift.ts';

export type { MadeOfSqlite };

export interface CatalogOptions {
  readonly ledger: LedgerName;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What files make, all of them in order, in a database of their own on a server: to be written down.
 *
 * @param server where databases may be created; roles that the files name must be there, as they are after a proof
 */
export function catalogOf(
  server: DatabaseSettings,
  { migrations }: CompiledMigrations,
  { ledger, signal }: CatalogOptions,
): Promise<Made> {
  // Nobody knows how the database is reached that it will be compared with: sessions begin as they do by default.
  return runFiles(server, migrations, { ledger, there: { snapshot: new Map(), searchPath: '' }, signal });
}

/** The text of the file that says what files make of a SQLite database, where nobody owns anything. Pure. */
export function textOfSqliteCatalog(
  { snapshot, version }: Exclude<MadeOfSqlite, { failed: unknown }>,
  compiled: CompiledMigrations,
): string {
  const made = { snapshot, role: '', serverVersion: version, product: 'SQLite' } as const;
  return showCatalog(recordCatalog(made, digestOf(compiled)));
}

/** The text of the file that a deploy brings along. Pure. */
export function textOfCatalog(
  made: Exclude<Made, { failed: unknown }>,
  compiled: CompiledMigrations,
): string {
  const serverVersion = made.version.split(' ')[0] ?? '';
  return showCatalog(recordCatalog({ ...made, serverVersion }, digestOf(compiled)));
}

/**
 * {@link catalogOf} as the text of a file, with the roles that the files name, where they may be made.
 *
 * @throws RegistryJobsError `no-catalog` where not all files run: half of a catalog would call the other half drift; `connect-...`,
 *   `stopped`; the server's own error where no database can be made
 */
export async function catalog(
  server: TrialServer,
  compiled: CompiledMigrations,
  options: CatalogOptions,
): Promise<string> {
  const roles = new Set<string>();
  for (;;) {
    const made = await catalogOf(server.settings, compiled, options);
    if (!('failed' in made)) return textOfCatalog(made, compiled);
    const { message, sqlstate, location } = made.failed;
    const role = server.mayMakeRoles ? missingRoleIn(sqlstate, message) : undefined;
    if (role === undefined || roles.has(role))
      throw new RegistryJobsError(
        'no-catalog',
        `Not all files run, so nobody knows what they make: ${message}`,
        {
          ...(location && { location }),
          sqlstate,
          hint: 'See what is wrong with it: registry-jobs prove',
        },
      );
    roles.add(role);
    await makeRoles(server.settings, [role]);
  }
}

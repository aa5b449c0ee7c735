import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import type { OperatorsRepairReport } from '../reports/operators-repair.ts';
import { shellWord } from '../text/format.ts';
import { newViolations, readViolations, sayViolations } from './foreign-keys.ts';
import { isOfFile, openExisting } from './open.ts';
import { readOperatorPairs } from './pairs.ts';
import { addApis, apisOfValues, learnPlurals, type Plurals, readApis, readPlurals } from './repair/apis.ts';
import { type Bundle, readBundles } from './repair/bundles.ts';
import { type Changes, collectChanges } from './repair/changes.ts';
import { removeNameless, repairColumns, repairReferences } from './repair/columns.ts';
import {
  type Levelled,
  readLevelled,
  repairDependencies,
  sayLostDependencies,
  trustedDependencies,
} from './repair/dependencies.ts';
import { repairKeys, withIndexes, withoutTriggers } from './repair/keys.ts';
import { repairProperties, repairPropertyText } from './repair/properties.ts';
import { removeDuplicates, repairImages, sayLostPackages } from './repair/rows.ts';
import { readRegistryState } from './state.ts';
import { inOneTransaction } from './transaction.ts';

export interface OperatorsRepairOptions {
  /** Whether what is found is written. @default false: it is shown */
  readonly write?: boolean;
  /** The file in the words of whoever named it. @default its path */
  readonly shownAs?: string;
  /** How long to wait for another process that writes, in milliseconds. @default 5 seconds */
  readonly timeoutMs?: number;
}

/**
 * Derives again, from the manifests inside, what older loaders never wrote into the file of an operator registry, and what defects of its
 * tools took away: versions, ranges, APIs, dependencies, properties, images, keys. What is there and may be right stays. One transaction,
 * which is rolled back where nothing is to be written.
 *
 * @param file its path; the newest version of the schema
 * @throws RegistryJobsError `sqlite-missing`, `sqlite-open`, `registry-busy`, `registry-unusable`, `not-an-operator-registry`, `dirty`, `registry-newer`, `registry-shape`,
 *   `registry-older` where it has to be migrated first, `registry-repair-failed` where nothing of it was kept
 */
export async function repairOperators(
  file: string,
  { write = false, shownAs = file, timeoutMs = 5000 }: OperatorsRepairOptions = {},
): Promise<OperatorsRepairReport> {
  const database = await openExisting(file, shownAs, timeoutMs, write);
  try {
    return repairOpened(database, shownAs, write);
  } finally {
    database.close();
  }
}

/**
 * The same on a database that is open: a copy in memory, say.
 *
 * @throws RegistryJobsError as {@link repairOperators}, but for what opening it may come to
 */
export function repairOpened(database: DatabaseSync, shownAs: string, write: boolean): OperatorsRepairReport {
  return inOneTransaction(
    database,
    shownAs,
    () => repair(database, shownAs, write),
    ({ status }) => status === 'repaired',
  );
}

function repair(database: DatabaseSync, file: string, write: boolean): OperatorsRepairReport {
  const newest = readOperatorPairs().at(-1)?.version ?? 0;
  const { version } = readRegistryState(database, file, newest);
  if (version < newest) {
    throw new RegistryJobsError(
      'registry-older',
      `${file} is ${version < 0 ? 'older than version 0' : `at version ${version}`}; repair knows version ${newest}.`,
      { hint: `Migrate it first: registry-jobs operators migrate ${shellWord(file)}` },
    );
  }
  const before = readViolations(database);
  const changes = collectChanges(database);
  try {
    withoutTriggers(database, () => repairRows(database, changes));
  } catch (cause) {
    // It says nothing of the rows.
    if (isOfFile(cause)) throw cause;
    throw failed(file, `${cause instanceof Error ? cause.message : cause}.`, cause);
  }
  const found = newViolations(before ?? [], readViolations(database) ?? []);
  if (before !== undefined && found.length > 0)
    throw failed(file, `Rows would refer to what is not there: ${sayViolations(found)}.`);
  const tables = changes.tables();
  const { bundles } =
    database.prepare('SELECT count(*) AS bundles FROM operatorbundle WHERE name IS NOT NULL').get() ?? {};
  return {
    command: 'operators repair',
    status: tables.length === 0 ? 'nothing-to-do' : write ? 'repaired' : 'would-repair',
    file,
    bundles: Number(bundles),
    tables,
    notDerived: changes.notDerived(),
  };
}

function repairRows(database: DatabaseSync, changes: Changes): void {
  repairKeys(database, changes);
  repairPropertyText(database, changes);
  withIndexes(database, () => repairBundles(database, changes));
  removeNameless(database, changes);
  repairReferences(database, changes);
  removeDuplicates(database, changes);
  sayLostPackages(database, changes);
}

function repairBundles(database: DatabaseSync, changes: Changes): void {
  const plurals = readPlurals(database);
  const levelled = readLevelled(database);
  const bare: Bundle[] = [];
  for (const bundle of readBundles(database, changes)) {
    repairColumns(database, bundle, changes);
    if (bundle.csv === undefined) bare.push(bundle);
    else repairBundle(database, bundle, plurals, levelled, changes);
  }
  // Last, since others may know the plurals of their APIs.
  for (const bundle of bare) repairBundle(database, bundle, plurals, levelled, changes);
  sayLostDependencies(levelled, changes);
}

function repairBundle(
  database: DatabaseSync,
  bundle: Bundle,
  plurals: Plurals,
  levelled: Levelled | undefined,
  changes: Changes,
): void {
  const { name, csv } = bundle;
  learnPlurals(plurals, [...(bundle.provided ?? []), ...(bundle.required ?? [])]);
  // Without a csv, one table knows what the other has lost.
  const provided = bundle.provided ?? [
    ...readApis(database, 'api_provider', name),
    ...ownApis(database, name),
  ];
  const required = bundle.required ?? [
    ...readApis(database, 'api_requirer', name),
    ...trustedDependencies(database, name, levelled),
  ];
  addApis(database, 'api_provider', name, provided, plurals, changes);
  addApis(database, 'api_requirer', name, required, plurals, changes);
  repairDependencies(database, name, required, levelled, changes);
  repairProperties(database, name, csv, provided, changes);
  if (csv !== undefined) repairImages(database, name, csv, changes);
}

function ownApis(database: DatabaseSync, bundle: string) {
  const rows = database
    .prepare("SELECT value FROM properties WHERE type = 'olm.gvk' AND operatorbundle_name = ? ORDER BY rowid")
    .all(bundle);
  return apisOfValues(rows.map(({ value }) => value));
}

function failed(file: string, what: string, cause?: unknown): RegistryJobsError {
  return new RegistryJobsError(
    'registry-repair-failed',
    `${file} was not repaired: ${what} Nothing was changed.`,
    {
      hint: `See whether the file itself is whole: sqlite3 ${shellWord(file)} 'PRAGMA integrity_check'`,
      cause,
    },
  );
}

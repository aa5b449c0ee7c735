import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError, UsageError } from '../errors/error.ts';
import type { OperatorsMigrateReport } from '../reports/operators-migrate.ts';
import { shellWord } from '../text/format.ts';
import { hasKeptRows, newViolations, readViolations, sayViolations } from './foreign-keys.ts';
import { isOfFile, openExisting } from './open.ts';
import { type OperatorFile, type OperatorPair, readOperatorPairs } from './pairs.ts';
import { type RegistryState, readRegistryState } from './state.ts';
import { inOneTransaction } from './transaction.ts';

export interface OperatorsMigrateOptions {
  /** The version to come to, upwards or downwards. @default the newest */
  readonly to?: number;
  /** The file in the words of whoever named it. @default its path */
  readonly shownAs?: string;
  /** How long to wait for another process that writes, in milliseconds. @default 5 seconds */
  readonly timeoutMs?: number;
}

/**
 * Brings the file of an operator registry to another version of its schema, whatever it is made by: the registry's tools, golang-migrate
 * before them, or a tool that wrote down no version. All steps are one transaction: the file is as it was, or as it was asked for.
 *
 * @param file its path
 * @throws RegistryJobsError `sqlite-missing`, `sqlite-open`, `registry-busy`, `registry-unusable`; `not-an-operator-registry`, `dirty`, `registry-newer`, `registry-shape`;
 *   UsageError `unknown-version` for a version that there is not; `registry-migration-failed` where nothing of it was kept
 */
export async function migrateOperators(
  file: string,
  { to, shownAs = file, timeoutMs = 5000 }: OperatorsMigrateOptions = {},
): Promise<OperatorsMigrateReport> {
  const pairs = readOperatorPairs();
  const newest = pairs.at(-1)?.version ?? 0;
  const target = to ?? newest;
  if (!pairs.some(({ version }) => version === target)) {
    throw new UsageError('unknown-version', `There is no version ${target} of an operator registry.`, {
      hint: `They are 0 to ${newest}: registry-jobs operators migrate ${shellWord(shownAs)} --to ${newest}`,
    });
  }
  const run = async (write: boolean) => {
    const database = await openExisting(file, shownAs, timeoutMs, write);
    try {
      return migrateOpened(database, shownAs, target);
    } finally {
      database.close();
    }
  };
  try {
    return await run(true);
  } catch (error) {
    if (!(error instanceof RegistryJobsError) || error.code !== 'sqlite-read-only') throw error;
    // Where there is nothing to do it may as well be one that may only be read.
    const report = await run(false);
    if (report.status === 'nothing-to-do' && report.ledger === 'operator-registry') return report;
    throw error;
  }
}

/**
 * The same on a database that is open: a copy in memory, say.
 *
 * @param target a version that there is
 * @throws RegistryJobsError as {@link migrateOperators}, but for what opening it may come to
 */
export function migrateOpened(
  database: DatabaseSync,
  shownAs: string,
  target: number,
): OperatorsMigrateReport {
  return inOneTransaction(database, shownAs, () => migrateInside(database, shownAs, target));
}

/**
 * The same inside a transaction that is begun, without foreign keys: for what changes a file of any age.
 *
 * @throws what {@link migrateOperators} throws; whoever began the transaction undoes it
 */
export function migrateInside(
  database: DatabaseSync,
  shownAs: string,
  target?: number,
): OperatorsMigrateReport {
  const pairs = readOperatorPairs();
  const newest = pairs.at(-1)?.version ?? 0;
  const to = target ?? newest;
  const state = readRegistryState(database, shownAs, newest);
  const before = readViolations(database);
  // Rows that refer to nothing stay so, in tables that are made anew; keys that named no key could not be looked at.
  const wasWhole = before?.length === 0 && !hasKeptRows(database);
  const steps = stepsBetween(pairs, state.version, to);
  for (const step of steps) runStep(database, shownAs, step);
  if (steps.length > 0 || state.ledger !== 'operator-registry') writeVersion(database, state, to);
  const after = readViolations(database);
  if (before !== undefined && after === undefined)
    throw failed(shownAs, 'A foreign key would name no key of its table.');
  const found = steps.length === 0 ? [] : newViolations(before ?? [], after ?? []);
  if (wasWhole && found.length > 0) {
    throw failed(shownAs, `Rows would refer to what is not there: ${sayViolations(found)}.`);
  }
  return {
    command: 'operators migrate',
    status: steps.length > 0 ? 'migrated' : 'nothing-to-do',
    file: shownAs,
    from: state.version,
    to,
    ledger: state.ledger,
    ...(state.replaced !== undefined && { replaced: state.replaced }),
    steps: steps.map(({ version, title, way }) => ({ version, title, way })),
    dangling: found,
  };
}

interface Step extends OperatorFile {
  readonly version: number;
  readonly title: string;
  readonly way: 'up' | 'down';
}

function stepsBetween(pairs: readonly OperatorPair[], from: number, to: number): Step[] {
  const way = to > from ? 'up' : 'down';
  const [low, high] = way === 'up' ? [from, to] : [to, from];
  const between = pairs.filter(({ version }) => version > low && version <= high);
  return (way === 'up' ? between : between.reverse()).map((pair) => ({ ...pair, ...pair[way], way }));
}

function runStep(database: DatabaseSync, file: string, step: Step): void {
  try {
    database.exec(step.sql);
  } catch (cause) {
    if (isOfFile(cause)) throw cause;
    // Where the step begins; before version 0 there is nothing to go to.
    const start = step.way === 'down' ? step.version : step.version - 1;
    const hint =
      start < 0
        ? undefined
        : `See on a copy what it found there: cp ${shellWord(file)} copy.db && registry-jobs operators migrate copy.db --to ${start}`;
    throw failed(file, `${step.file}: ${cause instanceof Error ? cause.message : cause}.`, hint, cause);
  }
}

function failed(file: string, what: string, hint?: string, cause?: unknown): RegistryJobsError {
  const message = `${file} was not migrated: ${what} Nothing was changed.`;
  const usual = `See which rows refer to what is not there: sqlite3 ${shellWord(file)} 'PRAGMA foreign_key_check'`;
  return new RegistryJobsError('registry-migration-failed', message, { hint: hint ?? usual, cause });
}

/**
 * One row with a whole number is what the registry's own tools read. The table of golang-migrate has another shape, and a number that stands
 * for none of these versions: it is replaced, and the report says what was in it.
 */
export function writeVersion(
  database: DatabaseSync,
  { ledger }: Pick<RegistryState, 'ledger'>,
  version: number,
): void {
  if (ledger === 'golang-migrate') {
    database.exec('DROP TABLE schema_migrations');
  }
  database.exec(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      version bigint NOT NULL,
      timestamp DATETIME DEFAULT CURRENT_TIMESTAMP
    );
    DELETE FROM schema_migrations;
  `);
  database.prepare('INSERT INTO schema_migrations (version) VALUES (?)').run(version);
}

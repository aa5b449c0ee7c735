import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../../errors/error.ts';
import { shellWord } from '../../text/format.ts';
import { newViolations, readViolations, sayViolations } from '../foreign-keys.ts';
import { migrateInside } from '../migrate.ts';
import { openExisting } from '../open.ts';
import { inOneTransaction } from '../transaction.ts';
import { changesBetween, type RegistryChanges, readSummary } from './summary.ts';

export interface EditOptions {
  /** The file in the words of whoever named it. @default its path */
  readonly shownAs?: string;
  /** Writes it. @default it is tried, and undone */
  readonly write?: boolean;
  /** How long to wait for another process that writes, in milliseconds. @default 5 seconds */
  readonly timeoutMs?: number;
}

/** What an edit came to. */
export interface Edited<T> {
  readonly result: T;
  readonly changes: RegistryChanges;
  /** The version that the file had, where that is not the newest. */
  readonly migratedFrom?: number;
  readonly version: number;
}

/**
 * Changes the rows of a registry, at the newest version of the schema, in one transaction: all of it or nothing, and nothing where no row
 * was to be written. Rows that would refer to nothing are refused.
 *
 * @param work says whether what it did is sound; of what is not nothing is kept
 * @param compact gives the room of removed rows back to the disk
 * @throws RegistryJobsError those of `migrateOperators`; `registry-dangling`, and what the work throws
 */
export async function editRegistry<T extends { readonly isSound: boolean }>(
  file: string,
  { shownAs = file, write = false, timeoutMs = 5000 }: EditOptions,
  work: (database: DatabaseSync) => T,
  compact = false,
): Promise<Edited<T>> {
  const database = await openExisting(file, shownAs, timeoutMs, write);
  try {
    const edited = inOneTransaction(
      database,
      shownAs,
      () => {
        const { from, to } = migrateInside(database, shownAs);
        const [violations, before] = [readViolations(database), readSummary(database)];
        const result = keepingApis(database, () => work(database));
        if (result.isSound) assertWhole(database, shownAs, violations);
        // Of what is undone for a fault nothing is different.
        const changes = changesBetween(before, result.isSound ? readSummary(database) : before);
        return { result, changes, version: to, ...(from !== to && { migratedFrom: from }) };
      },
      ({ result }) => write && result.isSound,
    );
    if (compact && write && edited.result.isSound) giveBackRoom(database);
    return edited;
  } finally {
    database.close();
  }
}

/** What was asked for is done by now; a disk without room for a second copy only leaves the file as large as it was. */
function giveBackRoom(database: DatabaseSync): void {
  try {
    database.exec('VACUUM');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SQLITE_ERROR') throw error;
  }
}

function assertWhole(
  database: DatabaseSync,
  shownAs: string,
  before: ReturnType<typeof readViolations>,
): void {
  const found = newViolations(before ?? [], readViolations(database) ?? []);
  if (found.length === 0) return;
  throw new RegistryJobsError(
    'registry-dangling',
    `${shownAs} was not changed: rows would refer to what is not there: ${sayViolations(found)}.`,
    { hint: `See what is wrong with it: registry-jobs operators repair ${shellWord(shownAs)}` },
  );
}

const REFERENCED = `
  SELECT group_name, version, kind, plural FROM api
  WHERE (group_name, version, kind) IN (
    SELECT group_name, version, kind FROM api_provider
    UNION SELECT group_name, version, kind FROM api_requirer)`;

/**
 * The triggers of the schema remove an API as soon as one bundle that provides it goes, where no bundle requires any API at all. The schema
 * stays what the registry's tools know, so what they remove too much comes back; what nobody has any more goes.
 */
function keepingApis<T>(database: DatabaseSync, work: () => T): T {
  const before = database.prepare(REFERENCED).all();
  const result = work();
  const add = database.prepare(
    'INSERT OR IGNORE INTO api (group_name, version, kind, plural) VALUES (?, ?, ?, ?)',
  );
  const remove = database.prepare(`
    DELETE FROM api WHERE group_name = ?1 AND version = ?2 AND kind = ?3
      AND NOT EXISTS (SELECT 1 FROM api_provider WHERE group_name = ?1 AND version = ?2 AND kind = ?3)
      AND NOT EXISTS (SELECT 1 FROM api_requirer WHERE group_name = ?1 AND version = ?2 AND kind = ?3)`);
  for (const { group_name: group = null, version = null, kind = null, plural = null } of before) {
    add.run(group, version, kind, plural);
    remove.run(group, version, kind);
  }
  return result;
}

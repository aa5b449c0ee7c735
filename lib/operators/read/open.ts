import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../../errors/error.ts';
import type { RegistryCopy } from '../../reports/operators-read.ts';
import { openSqlite } from '../../sqlite/open.ts';
import { shellWord } from '../../text/format.ts';
import { assertNoErrors, loadInMemory } from '../in-memory.ts';
import { migrateOpened } from '../migrate.ts';
import { copyIntoMemory, orNamed } from '../open.ts';
import { readOperatorPairs } from '../pairs.ts';
import { repairOpened } from '../repair.ts';
import { readRegistryState } from '../state.ts';

/** A registry that can be read, at the newest version of the schema. */
export interface ReadableRegistry {
  readonly database: DatabaseSync;
  /** Where it is a copy in memory: what the file itself is. */
  readonly copy?: RegistryCopy;
}

/**
 * Opens the file of a registry to be read. One of an older version is copied into memory, where the copy is migrated and repaired; the file
 * itself is never written.
 *
 * @param shownAs the file in the words of whoever named it
 * @throws RegistryJobsError `sqlite-missing`, `sqlite-open`, `registry-unusable`, `not-an-operator-registry`, `dirty`, `registry-newer`,
 *   `registry-shape`, `registry-migration-failed`, `registry-repair-failed`
 */
export async function withRegistry<T>(
  file: string,
  shownAs: string,
  work: (registry: ReadableRegistry) => T | Promise<T>,
): Promise<T> {
  const registry = await openReadable(file, shownAs);
  try {
    return await work(registry);
  } catch (error) {
    throw (error as { errcode?: number }).errcode === undefined ? error : unusable(shownAs, error);
  } finally {
    registry.database.close();
  }
}

/** The same for what may be a folder of manifests as well, which is loaded into memory. @throws RegistryJobsError `manifests-wrong` too */
export async function withRegistryOrFolder<T>(
  place: string,
  shownAs: string,
  work: (registry: ReadableRegistry) => T | Promise<T>,
): Promise<T> {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return withRegistry(place, shownAs, work);
  const { database, findings } = await loadInMemory(place, shownAs, { withContents: true });
  try {
    assertNoErrors(findings, shownAs);
    return await work({ database });
  } finally {
    database.close();
  }
}

async function openReadable(file: string, shownAs: string): Promise<ReadableRegistry> {
  const database = await openFile(file, shownAs);
  try {
    const newest = readOperatorPairs().at(-1)?.version ?? 0;
    const { version, ledger } = readRegistryState(database, shownAs, newest);
    if (version === newest) {
      // What is read is one state of the file, whoever writes meanwhile.
      database.exec('BEGIN');
      return { database };
    }
    const memory = await copyIntoMemory(database);
    database.close();
    try {
      migrateOpened(memory, shownAs, newest);
      repairOpened(memory, shownAs, true);
      return { database: memory, copy: { version, ledger } };
    } catch (error) {
      memory.close();
      throw error;
    }
  } catch (error) {
    if (database.isOpen) database.close();
    throw (error as { errcode?: number }).errcode === undefined ? error : unusable(shownAs, error);
  }
}

async function openFile(file: string, shownAs: string): Promise<DatabaseSync> {
  try {
    return await openSqlite(file, { readOnly: true }, shownAs);
  } catch (error) {
    throw orNamed(error, 'inspect', file, shownAs);
  }
}

function unusable(shownAs: string, cause: unknown): RegistryJobsError {
  return new RegistryJobsError(
    'registry-unusable',
    `${shownAs} could not be read: ${(cause as Error).message}.`,
    { hint: `See whether the file is whole: sqlite3 ${shellWord(shownAs)} 'PRAGMA integrity_check'`, cause },
  );
}

import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { IN_MEMORY, openSqlite } from '../sqlite/open.ts';
import { count, shellWord } from '../text/format.ts';
import type { Findings } from './load/findings.ts';
import { openSource } from './load/source.ts';
import type { LoadOptions } from './load/tree.ts';
import { RegistryWriter } from './load/writer.ts';
import { createSchema } from './schema.ts';

/**
 * Loads a tree of manifests into a database in memory, which the caller closes.
 *
 * @throws UsageError `manifests-folder`; RegistryJobsError `sqlite-missing`, `stopped`
 */
export async function loadInMemory(
  folder: string,
  shownAs: string,
  options: LoadOptions,
): Promise<{ database: DatabaseSync; writer: RegistryWriter; findings: Findings; files: number }> {
  const source = openSource(folder, shownAs);
  const database = await openSqlite(IN_MEMORY);
  try {
    createSchema(database, shownAs);
    database.exec('BEGIN');
    const writer = new RegistryWriter(database);
    const files = await source.load(writer, options);
    return { database, writer, findings: source.findings, files };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @throws RegistryJobsError `manifests-wrong` where something is wrong with the manifests */
export function assertNoErrors(findings: Findings, shownAs: string): void {
  if (findings.errors === 0) return;
  const [first] = findings.all().filter(({ level }) => level === 'error');
  throw new RegistryJobsError(
    'manifests-wrong',
    `${count(findings.errors, 'error')} in the manifests of ${shownAs}: ${first?.message}`,
    {
      ...(first?.location && { location: first.location }),
      hint: `See all of it: registry-jobs operators check ${shellWord(shownAs)}`,
    },
  );
}

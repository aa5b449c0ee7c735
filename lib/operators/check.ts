import { readdirSync } from 'node:fs';
import { UsageError } from '../errors/error.ts';
import type { OperatorsCheckReport } from '../reports/operators-check.ts';
import { loadInMemory } from './in-memory.ts';
import type { LoadOptions } from './load/tree.ts';

export interface OperatorsCheckOptions extends Pick<LoadOptions, 'signal' | 'onFile'> {
  /** The folder in the words of whoever named it. @default its path */
  readonly shownAs?: string;
}

/**
 * Says what is wrong with a tree of manifests, all of it, by loading it into memory: what is found is what `createOperators` would find.
 * Nothing is written.
 *
 * @param folder its path
 * @throws UsageError `manifests-folder`; RegistryJobsError `sqlite-missing`, `stopped`
 */
export async function checkOperators(
  folder: string,
  { shownAs = folder, signal, onFile }: OperatorsCheckOptions = {},
): Promise<OperatorsCheckReport> {
  assertFolder(folder, shownAs);
  const { database, writer, findings, files } = await loadInMemory(folder, shownAs, {
    withContents: false,
    signal,
    onFile,
  });
  try {
    const found = findings.all();
    return {
      command: 'operators check',
      status: findings.errors > 0 ? 'errors' : found.length > 0 ? 'warnings' : 'ok',
      folder: shownAs,
      files,
      packages: writer.count('package'),
      channels: writer.count('channel'),
      bundles: writer.count('operatorbundle'),
      findings: found,
    };
  } finally {
    database.close();
  }
}

/** @throws UsageError `manifests-folder` */
export function assertFolder(folder: string, shownAs: string): void {
  try {
    readdirSync(folder);
  } catch (cause) {
    throw new UsageError('manifests-folder', `${shownAs} is no folder that can be read.`, {
      hint: 'Name a folder that holds the packages: registry-jobs operators check manifests',
      cause,
    });
  }
}

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
 * @param folder its path, or that of the file of a ConfigMap that holds manifests
 * @throws UsageError `manifests-folder`; RegistryJobsError `sqlite-missing`, `stopped`
 */
export async function checkOperators(
  folder: string,
  { shownAs = folder, signal, onFile }: OperatorsCheckOptions = {},
): Promise<OperatorsCheckReport> {
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

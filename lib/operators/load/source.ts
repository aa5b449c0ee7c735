import { readdirSync, statSync } from 'node:fs';
import { UsageError } from '../../errors/error.ts';
import { loadConfigMap, partsOf, readConfigMap } from './config-map.ts';
import { Findings } from './findings.ts';
import { type LoadOptions, loadTree } from './tree.ts';
import type { RegistryWriter } from './writer.ts';

/** Where manifests are read from. */
export interface Source {
  readonly findings: Findings;
  /** @returns how many files there are @throws RegistryJobsError `stopped` */
  load(writer: RegistryWriter, options: LoadOptions): Promise<number>;
}

/**
 * Opens a folder of manifests, or the file of a ConfigMap that holds them.
 *
 * @param shownAs the place in the words of whoever named it
 * @throws UsageError `manifests-folder`
 */
export function openSource(place: string, shownAs: string): Source {
  const map = readConfigMap(place);
  if (map) {
    const [[root, name], [shown]] = [partsOf(place), partsOf(shownAs)];
    const findings = new Findings(root, shown);
    return {
      findings,
      load: async (writer, options) => {
        await loadConfigMap(map, name, writer, findings, options);
        options.onFile?.(1, 1);
        return 1;
      },
    };
  }
  assertFolder(place, shownAs);
  const findings = new Findings(place, shownAs);
  return { findings, load: (writer, options) => loadTree(place, writer, findings, options) };
}

function assertFolder(folder: string, shownAs: string): void {
  try {
    readdirSync(folder);
  } catch (cause) {
    const isFile = statSync(folder, { throwIfNoEntry: false })?.isFile();
    const what = isFile ? 'neither a folder that can be read nor a ConfigMap' : 'no folder that can be read';
    throw new UsageError('manifests-folder', `${shownAs} is ${what}.`, {
      hint: 'Name a folder that holds the packages: registry-jobs operators check manifests',
      cause,
    });
  }
}

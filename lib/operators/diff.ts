import type { OperatorsDiffReport } from '../reports/operators-diff.ts';
import { differencesOf } from './read/difference.ts';
import { withRegistryOrFolder } from './read/open.ts';
import { summarize } from './read/summary.ts';

export interface OperatorsDiffOptions {
  /** Both in the words of whoever named them. @default their paths */
  readonly shownAs?: readonly [string, string];
}

/**
 * Tells what came, went and changed from one registry to another, by name. Ids, the order of rows, repeated rows and the difference between ""
 * and NULL do not count. Each is the file of a registry, of any version, or a folder of manifests, which is loaded into memory.
 *
 * @throws RegistryJobsError `manifests-wrong` for a folder with errors; and what reading a file may come to: `sqlite-open`, `not-an-operator-registry`, `dirty` and others
 */
export async function diffOperators(
  before: string,
  after: string,
  { shownAs = [before, after] }: OperatorsDiffOptions = {},
): Promise<OperatorsDiffReport> {
  const read = (place: string, shown: string) =>
    withRegistryOrFolder(place, shown, ({ database, copy }) => ({ summary: summarize(database), copy }));
  const one = await read(before, shownAs[0]);
  const other = await read(after, shownAs[1]);
  const differences = differencesOf(one.summary, other.summary);
  return {
    command: 'operators diff',
    status: differences.length === 0 ? 'equal' : 'different',
    before: shownAs[0],
    after: shownAs[1],
    ...(one.copy && { beforeCopy: one.copy }),
    ...(other.copy && { afterCopy: other.copy }),
    packages: other.summary.packages.size,
    bundles: other.summary.bundles.size,
    differences,
  };
}

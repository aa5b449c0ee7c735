import type { DatabaseSync } from 'node:sqlite';
import type { Findings } from '../load/findings.ts';
import type { NewBundle } from './bundle-folder.ts';
import { csvFault } from './place.ts';
import { packagesOf } from './rm.ts';
import { names, removeBundle } from './rows.ts';

/** A bundle that may be added. */
export interface Admitted extends NewBundle {
  /** Whether it takes the place of one of its name. */
  readonly isReplacing: boolean;
  /** Removes that one. */
  replace(database: DatabaseSync): void;
}

/** Leaves out what is there already, and what another package has a right to; says so. */
export function admit(
  database: DatabaseSync,
  bundles: readonly NewBundle[],
  findings: Findings,
  shownAs: string,
  overwriteLatest: boolean,
): readonly Admitted[] {
  const admitted: Admitted[] = [];
  for (const bundle of bundles) {
    const { csv, image, packageName } = bundle;
    const same = admitted.find((one) => one.csv.name === csv.name || (image !== '' && one.image === image));
    if (same) {
      const what = same.csv.name === csv.name ? `name "${csv.name}"` : `image "${image}"`;
      csvFault(
        findings,
        bundle,
        'bundle-twice',
        `The ${what} is that of ${findings.shown(same.directory)} as well`,
      );
      continue;
    }
    const why = whyNot(database, bundle, shownAs, overwriteLatest);
    if (why !== undefined) {
      csvFault(findings, bundle, 'bundle-exists', why);
      continue;
    }
    const isReplacing =
      names(database, 'SELECT name FROM operatorbundle WHERE name = ?', csv.name).length > 0;
    if (isReplacing && admitted.some((one) => one.packageName === packageName && one.isReplacing)) {
      const what = `Only one bundle of package "${packageName}" can take the place of another one in one call`;
      csvFault(findings, bundle, 'bundle-exists', what);
      continue;
    }
    for (const [field, some] of [
      ['replaces', [csv.replaces]],
      ['skips', csv.skips],
    ] as const) {
      for (const name of some) {
        const owners = packagesOf(database, name);
        if (name === '' || owners.length === 0 || owners.includes(packageName)) continue;
        const what = `Bundle "${csv.name}" of package "${packageName}" ${field} "${name}", which is in package "${owners[0]}"`;
        csvFault(findings, bundle, 'bundle-of-other-package', what, ['spec', field]);
      }
    }
    admitted.push({
      ...bundle,
      isReplacing,
      replace: (into) => {
        if (isReplacing) removeBundle(into, csv.name);
      },
    });
  }
  return admitted;
}

function whyNot(
  database: DatabaseSync,
  { csv: { name }, image, packageName }: NewBundle,
  shownAs: string,
  overwriteLatest: boolean,
): string | undefined {
  const sql = "SELECT name FROM operatorbundle WHERE bundlepath = ? AND bundlepath <> ''";
  const [other] = names(database, sql, image);
  if (other !== undefined) return `The image "${image}" is in ${shownAs} already, as bundle "${other}"`;
  if (names(database, 'SELECT name FROM operatorbundle WHERE name = ?', name).length === 0) return undefined;
  if (!overwriteLatest) return `Bundle "${name}" is in ${shownAs} already`;
  const owners = packagesOf(database, name);
  if (owners.some((owner) => owner !== packageName)) {
    return `Bundle "${name}" is in ${shownAs} already, in package "${owners.find((it) => it !== packageName)}"`;
  }
  const [above] = names(
    database,
    `SELECT one.operatorbundle_name AS name FROM channel_entry AS one JOIN channel_entry AS other ON other.entry_id = one.replaces
    WHERE other.operatorbundle_name = ?1 AND one.operatorbundle_name <> ?1 ORDER BY 1`,
    name,
  );
  if (above === undefined) return undefined;
  return `Bundle "${name}" is in ${shownAs} already, and is not the latest: "${above}" replaces or skips it`;
}

import type { ErrorReport } from '../errors/error.ts';
import { isNumbered, type Migration } from '../migrations/migration.ts';
import { problem } from './error.ts';

/** Finds a migration by its version, or by its number alone: `14` for `014_labels`. Pure. */
export function findVersion(migrations: readonly Migration[], version: string): Migration | undefined {
  const exact = migrations.find((migration) => migration.version === version);
  const number = numberAlone(version);
  return exact ?? migrations.find((migration) => number !== undefined && migration.number === number);
}

/** The same among versions that may have no file any more: `27` for `027_alert_types`. Pure. */
export function findKnown(versions: readonly string[], version: string): string | undefined {
  if (versions.includes(version)) return version;
  const number = numberAlone(version);
  const found = versions.filter(
    (known) => number !== undefined && numberAlone(known.split('_', 1).join('')) === number,
  );
  // Of two with one number, only a person can tell which is meant.
  return found.length === 1 ? found[0] : undefined;
}

/** Finds one that has its place in the order, to go up or down to, or says why it cannot. Pure. */
export function findNumbered(
  migrations: readonly Migration[],
  version: string,
): { readonly found: Migration & { readonly number: string } } | { readonly problem: ErrorReport } {
  const found = findVersion(migrations, version);
  if (!found) return { problem: unknownVersion(version) };
  if (isNumbered(found)) return { found };
  const message = `${found.up.file} has no number, so nothing comes before or after it.`;
  return { problem: problem('unknown-version', message, SEE) };
}

const SEE = 'See the versions with: registry-jobs status';

export function unknownVersion(version: string, hint = SEE): ErrorReport {
  return problem('unknown-version', `There is no migration ${version === '' ? '""' : version}.`, hint);
}

function numberAlone(version: string): string | undefined {
  return /^\d+$/.test(version) ? BigInt(version).toString() : undefined;
}

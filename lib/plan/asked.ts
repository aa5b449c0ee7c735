import type { ErrorReport } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import type { Plan } from './plan.ts';
import { findNumbered, findVersion, unknownVersion } from './versions.ts';

/** What a plan says of the place where it ends, if one was named. Pure. */
export function targetOf(
  last: Migration | undefined,
  steps: number | undefined,
  pendingAfter: number,
): Pick<Plan, 'target'> {
  if (!last && steps === undefined) return {};
  return {
    target: { ...(last && { to: last.version }), ...(steps !== undefined && { steps }), pendingAfter },
  };
}

/** The last one to apply, if one was named; what is wrong with the name is added to the problems. */
export function findLast(migrations: readonly Migration[], to: string | undefined, problems: ErrorReport[]) {
  if (to === undefined) return undefined;
  const answer = findNumbered(migrations, to);
  if ('found' in answer) return answer.found;
  problems.push(answer.problem);
  return undefined;
}

/** Those that are to run again although they are applied; what is wrong with a name is added to the problems. */
export function findReruns(
  migrations: readonly Migration[],
  versions: readonly string[],
  problems: ErrorReport[],
): ReadonlySet<Migration> {
  const found = new Set<Migration>();
  for (const version of versions) {
    const migration = findVersion(migrations, version);
    if (migration) found.add(migration);
    else problems.push(unknownVersion(version));
  }
  return found;
}

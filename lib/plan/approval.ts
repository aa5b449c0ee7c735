import type { ErrorReport } from '../errors/error.ts';
import type { Migration } from '../migrations/migration.ts';
import { utc } from '../text/times.ts';
import { problem } from './error.ts';
import type { Known } from './known.ts';

/** Which plan somebody has approved, as it is known when a plan is made. */
export type KnownApproval = {
  /** The parameter that says it. */
  readonly from: string;
} & (
  | {
      /** What it says: the hash of a plan. Nothing where there is no such parameter. */
      readonly approved: string | undefined;
    }
  | {
      /** Why nobody knows, in a sentence. */
      readonly unknown: string;
    }
);

/**
 * What was known at a moment, as far as a plan goes: of a run that is called again and again, what it found at first. What was applied since
 * is pending again in it. Pure.
 *
 * @param since UTC, ISO 8601, by the server's clock
 */
export function knownAt(known: Known, migrations: readonly Migration[], since: string): Known {
  const isLater = (moment: string | undefined) =>
    moment !== undefined && Date.parse(utc(moment)) > Date.parse(utc(since));
  const { running, ...before } = known;
  const later = new Set(known.ledger.filter((row) => isLater(row.finishedAt)).map(({ version }) => version));
  const hadInitial = migrations.some(({ style, version }) => style === 'initial' && later.has(version));
  return {
    ...before,
    ledger: known.ledger.filter(({ version }) => !later.has(version)),
    unsettled: (known.unsettled ?? []).filter(({ startedAt }) => !isLater(startedAt)),
    ...(running && !isLater(running.startedAt) && { running }),
    // An initial schema was loaded because the database was empty.
    ...(hadInitial && { isEmpty: true }),
  };
}

/**
 * Why a plan is not run yet. Pure.
 *
 * @param hashes of the plan as it is now; and, where this run has done a part of it already, as it was before that
 * @param environment for the command that approves it
 */
export function findUnapproved(
  hashes: readonly [now: string, ...before: string[]],
  known: KnownApproval,
  environment: string | undefined,
): ErrorReport[] {
  const [hash] = hashes;
  const approve = `registry-jobs approve ${hash}${environment ? ` --env ${environment}` : ''}`;
  const refuse = (why: string) => [
    problem(
      'not-approved',
      `The plan ${hash} is not approved: ${why}.`,
      `Look at it and approve it: ${approve}`,
    ),
  ];
  if ('unknown' in known)
    return refuse(`nobody knows what ${known.from} says. ${known.unknown}`.replace(/\.$/, ''));
  const approved = known.approved?.trim();
  if (approved === undefined || approved === '') return refuse(`there is no parameter ${known.from}`);
  if (hashes.includes(approved)) return [];
  // Whatever else somebody has written there is not repeated.
  const says = /^[0-9a-f]{16}$/.test(approved) ? approved : 'something that is no plan';
  return refuse(`${known.from} says ${says}`);
}

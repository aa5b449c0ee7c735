import { listedWithVerb } from '../text/format.ts';
import { makeComparable, type Seen } from './comparable.ts';
import { compareSnapshots } from './differences.ts';
import { type Arranged, arrangeDifferences, isWrittenOut } from './drift.ts';
import { type ExpectedCatalog, seenOf } from './expected-catalog.ts';
import type { LedgerRow } from './known.ts';
import { findPending, type MigrationDigest } from './pending.ts';
import { keyOf } from './snapshot.ts';

/** How a database differs from a catalog that was written down. */
export interface CatalogDrift extends Arranged {
  /** How many objects differ, however many of their properties do. */
  readonly objects: number;
  /** What was not compared, since one of the servers has another version. */
  readonly notCompared: readonly string[];
}

/** Without a parser nobody can tell that two servers say the same in words of their own. */
const DEFINITIONS = 'how definitions and expressions are written';

/**
 * Why a database cannot be compared with what these files make, in words: it has more of them, or less. Pure.
 *
 * @param ledger undefined where there is none
 */
export function whyNotComparable(
  files: readonly MigrationDigest[],
  ledger: readonly LedgerRow[] | undefined,
): string | undefined {
  if (!ledger) return 'there is no ledger, which would say what is applied';
  const pending = findPending(files, ledger);
  if (pending.length > 0) return `${listedWithVerb(pending)} not applied`;
  const own = new Set(files.map(({ version }) => version));
  const texts = new Set(files.map(({ checksum }) => checksum));
  const newer = ledger.filter(
    ({ version, checksum }) => !own.has(version) && (checksum === undefined || !texts.has(checksum)),
  );
  return newer.length > 0
    ? `${listedWithVerb(newer.map(({ version }) => version))} applied, and not among the files of this deploy`
    : undefined;
}

/** What of a database is not as files make it, as far as that can be told without a server to run them on. Pure. */
export function compareWithCatalog(expected: ExpectedCatalog, there: Seen): CatalogDrift {
  const made = seenOf(expected);
  const comparable = makeComparable(made, there);
  const isOneVersion = made.major === there.major;
  const found = compareSnapshots(comparable.files, comparable.there).filter(
    (each) => isOneVersion || !isWrittenOut(each),
  );
  return {
    ...arrangeDifferences(found),
    objects: new Set(found.map(keyOf)).size,
    notCompared: [...comparable.notCompared, ...(isOneVersion ? [] : [DEFINITIONS])],
  };
}

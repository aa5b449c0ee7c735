import type { ErrorCode } from '../errors/catalogue.ts';
import type { ErrorReport } from '../errors/error.ts';
import { isNumbered, type Migration } from '../migrations/migration.ts';
import { shellWord } from '../text/format.ts';
import { problem } from './error.ts';
import { halfDoneProblem, isHalfDone } from './half-done.ts';
import type { Known } from './known.ts';
import { findRenames } from './renames.ts';
import { findKnown, findNumbered, findVersion, unknownVersion } from './versions.ts';

/** What is written of one version without running its file. */
export interface LedgerChange {
  readonly version: string;
  /** `settle`: it has no row in the ledger; its half-done attempt is called settled in the journal. */
  readonly action: 'record' | 'forget' | 'rename' | 'settle';
  /** The new version, for `rename`. */
  readonly to?: string;
  readonly file?: string;
}

/** What would be written, and why not. */
export interface LedgerPlan {
  readonly changes: readonly LedgerChange[];
  readonly problems: readonly ErrorReport[];
  /** What a person should know besides. */
  readonly notes?: readonly string[];
  /** The table of another tool that has the ledger's name gets this one first, in the same transaction. */
  readonly keepAs?: string;
}

const NOTHING: LedgerPlan = { changes: [], problems: [] };

export function refused(code: ErrorCode, message: string, hint: string): LedgerPlan {
  return { changes: [], problems: [problem(code, message, hint)] };
}

/** Calls one version applied (or not applied) because a person says so. Pure. */
export function planForce(
  migrations: readonly Migration[],
  version: string,
  remove: boolean,
  { ledger, unsettled = [] }: Known,
): LedgerPlan {
  const migration = findVersion(migrations, version);
  const halfDone = unsettled.filter(isHalfDone);
  const versions = [...ledger, ...halfDone].map((known) => known.version);
  // Whoever forgets a version may have removed its file before.
  const exact = migration?.version ?? findKnown([...new Set(versions)], version);
  if (exact === undefined) return { changes: [], problems: [unknownVersion(version)] };
  const row = ledger.find((known) => known.version === exact);
  const half = halfDone.find((attempt) => attempt.version === exact);
  if (remove) {
    if (row) return { changes: [{ version: exact, action: 'forget' }], problems: [] };
    return half
      ? { changes: [{ version: exact, action: 'settle', file: half.file }], problems: [] }
      : NOTHING;
  }
  if (!migration) {
    const hint = `There is no file of that version. To forget it: registry-jobs force ${shellWord(exact)} --remove`;
    return { changes: [], problems: [unknownVersion(version, hint)] };
  }
  if (row?.checksum === migration.up.checksum && row.finishedAt !== undefined && !half) return NOTHING;
  return { changes: [{ version: exact, action: 'record', file: migration.up.file }], problems: [] };
}

/** Calls everything up to a version applied: for a database that was there before us. Pure. */
export function planBaseline(migrations: readonly Migration[], version: string, known: Known): LedgerPlan {
  const answer = findNumbered(migrations, version);
  if ('problem' in answer) return { changes: [], problems: [answer.problem] };
  const last = answer.found;
  const recorded = new Set(known.ledger.map((row) => row.version));
  const changes = migrations
    .filter((migration) => !recorded.has(migration.version))
    .filter(
      (migration) =>
        migration.style === 'initial' ||
        (isNumbered(migration) && BigInt(migration.number) <= BigInt(last.number)),
    )
    .map(
      (migration): LedgerChange => ({
        version: migration.version,
        action: 'record',
        file: migration.up.file,
      }),
    );
  return unlessHalfDone({ changes, problems: [] }, known);
}

/** Only `force` says of a file that stopped half way that it is applied, and it names that file. Pure. */
export function unlessHalfDone(plan: LedgerPlan, { unsettled = [] }: Known): LedgerPlan {
  const recorded = new Set(plan.changes.map(({ version, to }) => to ?? version));
  const half = unsettled.filter((row) => isHalfDone(row) && recorded.has(row.version));
  return half.length === 0
    ? plan
    : { changes: [], problems: [...plan.problems, ...half.map(halfDoneProblem)] };
}

/** Follows files that were renamed after they were applied: same text, another name. Pure. */
export function planRenumber(migrations: readonly Migration[], { ledger }: Known): LedgerPlan {
  const renames = [...findRenames(migrations, ledger).certain.values()];
  const changes = renames.map(
    ({ was, now }): LedgerChange => ({
      version: was.version,
      action: 'rename',
      to: now.version,
      file: now.up.file,
    }),
  );
  return { changes, problems: [] };
}

import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import type { Ledger } from './ledger.ts';
import { isNumbered, type Migration } from './migration.ts';
import { findVersion, isHalfDone } from './plan.ts';
import type { LedgerChange } from './report.ts';
import type { Survey } from './survey.ts';

/** What would be written, and why not. */
export interface LedgerPlan {
  readonly changes: readonly LedgerChange[];
  readonly problems: readonly ErrorReport[];
  /** What a person should know besides. */
  readonly notes?: readonly string[];
  /** Statements that come first, in the same transaction, and the ledger as it is behind them. */
  readonly setup?: readonly string[];
  readonly ledgerBehindSetup?: Ledger;
}

const NOTHING: LedgerPlan = { changes: [], problems: [] };

export function refused(code: string, message: string, hint: string): LedgerPlan {
  return { changes: [], problems: [toErrorReport(new RegistryJobsError(code, message, { hint }))] };
}

/** Calls one version applied (or not applied) because a person says so. Pure. */
export function planForce(
  migrations: readonly Migration[],
  version: string,
  remove: boolean,
  { ledger, unsettled }: Survey,
): LedgerPlan {
  const migration = findVersion(migrations, version);
  const exact = migration?.version ?? version;
  const row = ledger.rows.find((known) => known.version === exact);
  if (remove) return row ? { changes: [{ version: exact, action: 'forget' }], problems: [] } : NOTHING;
  if (!migration) {
    return refused(
      'unknown-version',
      `There is no migration ${version}.`,
      'To forget a version without a file: registry-jobs force VERSION --remove',
    );
  }
  const isSettled = !unsettled.some((attempt) => attempt.version === exact && isHalfDone(attempt));
  if (row?.checksum === migration.up.checksum && row.finishedAt !== undefined && isSettled) return NOTHING;
  return { changes: [{ version: exact, action: 'record', file: migration.up.file }], problems: [] };
}

/** Calls everything up to a version applied: for a database that was there before us. Pure. */
export function planBaseline(
  migrations: readonly Migration[],
  version: string,
  { ledger }: Survey,
): LedgerPlan {
  const last = findVersion(migrations, version);
  if (!last || !isNumbered(last)) {
    return refused(
      'unknown-version',
      `There is no migration ${version}.`,
      'See the versions with: registry-jobs status',
    );
  }
  const known = new Set(ledger.rows.map((row) => row.version));
  const changes = migrations
    .filter((migration) => !known.has(migration.version))
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
  return { changes, problems: [] };
}

/** Follows files that were renamed after they were applied: same text, another name. Pure. */
export function planRenumber(migrations: readonly Migration[], { ledger }: Survey): LedgerPlan {
  const known = new Set(ledger.rows.map(({ version }) => version));
  const files = new Set(migrations.map(({ version }) => version));
  const orphans = ledger.rows.filter(
    ({ version, checksum }) => !files.has(version) && checksum !== undefined,
  );
  const changes = orphans.flatMap(({ version, checksum }): LedgerChange[] => {
    const now = migrations.filter(
      (migration) => !known.has(migration.version) && migration.up.checksum === checksum,
    );
    const [only] = now;
    // Two new files of the same text: only a person can tell which of them it was.
    return only && now.length === 1
      ? [{ version, action: 'rename', to: only.version, file: only.up.file }]
      : [];
  });
  return { changes, problems: [] };
}

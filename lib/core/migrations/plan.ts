import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import type { JournalRow } from './journal.ts';
import type { LedgerRow } from './ledger.ts';
import { isNumbered, type Migration } from './migration.ts';
import { describeEntries, gaps, isUnfinished } from './plan-entries.ts';
import { judgeMissing } from './plan-missing.ts';
import type { StatusEntry, WarningReport } from './report.ts';
import type { Task } from './task.ts';

export interface PlanOptions {
  /** The last version to apply; those behind it, and the repeatable ones, stay pending. */
  readonly to?: string;
  /** Apply a file that is older than the newest applied one. */
  readonly outOfOrder?: boolean;
  /** Plain files that are run again although they are applied: they are written so that this does no harm. */
  readonly rerun?: readonly string[];
  /**
   * What a version is that we applied and that has no file. A deploy that rolls back runs an older bundle against a newer
   * database: there it must not fail. @default 'error'
   */
  readonly missingFiles?: 'error' | 'warn';
}

/** What the database says that matters for a plan. */
export interface Known {
  readonly ledger: readonly LedgerRow[];
  readonly unsettled?: readonly JournalRow[];
  /** Versions that Flyway calls applied. */
  readonly flyway?: readonly string[];
  readonly isEmpty?: boolean;
}

/** What a run would do. Plain data: made without looking at the database again, executed without deciding again. */
export interface Plan {
  /** In the order in which they are done. */
  readonly tasks: readonly Task[];
  /** One per version, files and ledger together, in order. */
  readonly entries: readonly StatusEntry[];
  readonly warnings: readonly WarningReport[];
  /** Each of these keeps a run from doing anything. */
  readonly problems: readonly ErrorReport[];
}

/** Compares the files with the ledger. Pure. */
export function planUp(migrations: readonly Migration[], known: Known, options: PlanOptions = {}): Plan {
  const rows = new Map(known.ledger.map((row) => [row.version, row]));
  const warnings: WarningReport[] = [];
  const problems: ErrorReport[] = [];
  const fault = (code: string, message: string, hint: string) => {
    problems.push(toErrorReport(new RegistryJobsError(code, message, { hint })));
  };
  const halfDone = new Map((known.unsettled ?? []).filter(isHalfDone).map((row) => [row.version, row]));
  const limit = findLimit(migrations, options.to, fault);

  const pending = migrations.filter((migration) => {
    const { version, up: script, style } = migration;
    const row = rows.get(version);
    const half = halfDone.get(version);
    // Whatever the ledger says: a file without a transaction may have written its own row before it failed.
    if (half) {
      fault(
        'half-done',
        `${script.file} runs without a transaction and stopped behind statement ${half.done} of ${half.statements}.`,
        'Go on with: registry-jobs resume. Or mend the database by hand and say so with: registry-jobs force',
      );
      return false;
    }
    if (options.rerun?.includes(version)) {
      if (style === 'plain') return true;
      fault(
        'cannot-rerun',
        `${script.file} is not a plain file.`,
        'Only plain files are written to be run again.',
      );
    }
    if (!row) return style !== 'initial' || known.isEmpty === true;
    if (style === 'repeatable') return row.checksum !== script.checksum;
    if (!isUnfinished(row)) {
      if (row.checksum !== undefined && row.checksum !== script.checksum && style !== 'initial') {
        const again =
          style === 'plain' ? ` Or run it again as it is: registry-jobs up --rerun ${version}` : '';
        fault(
          'edited',
          `${script.file} was changed after it was applied.`,
          `Undo the change, and write a new migration for what it was meant to do.${again}`,
        );
      }
      return false;
    }
    if (style === 'versioned') {
      fault(
        'unfinished',
        `${script.file} was started at ${row.startedAt} and never finished.`,
        `See what it left in the database, then settle it with: registry-jobs force ${version}`,
      );
      return false;
    }
    warnings.push({
      code: 'unfinished',
      message: `${script.file} was started at ${row.startedAt} and never finished; it runs again.`,
    });
    return true;
  });
  const isPending: ReadonlySet<Migration> = new Set(pending);

  const files = new Set(migrations.map(({ version }) => version));
  const missing = known.ledger.filter(({ version }) => !files.has(version));
  const judged = judgeMissing(
    { rows: missing, flyway: known.flyway ?? [] },
    pending,
    options.missingFiles ?? 'error',
  );
  warnings.push(...judged.warnings);
  problems.push(...judged.problems);

  const newest = migrations.findLast(
    (migration) => isNumbered(migration) && rows.has(migration.version) && !isPending.has(migration),
  );
  for (const migration of pending) {
    if (!newest?.number || !isNumbered(migration) || rows.has(migration.version)) continue;
    if (judged.notAdopted.has(migration)) continue;
    if (BigInt(migration.number) > BigInt(newest.number)) continue;
    const message = `${migration.up.file} is older than ${newest.up.file}, which is applied.`;
    if (options.outOfOrder) warnings.push({ code: 'out-of-order', message });
    else fault('out-of-order', message, 'Give it the next free number, or allow it with --out-of-order.');
  }
  const chosen = pending.filter(
    (migration) =>
      limit === undefined ||
      (isNumbered(migration) && BigInt(migration.number) <= limit) ||
      migration.style === 'initial',
  );
  warnings.push(...gaps(migrations), ...empties(chosen), ...chosen.flatMap(({ up }) => up.warnings ?? []));
  return {
    tasks: chosen.map((migration) => ({ migration, direction: 'up' })),
    entries: describeEntries(migrations, rows, isPending, missing, halfDone),
    warnings,
    problems,
  };
}

/** A file without a transaction whose newest attempt did not reach the end. */
export function isHalfDone(row: JournalRow): boolean {
  return !row.transaction && row.status !== 'applied' && (row.direction === 'up' || row.direction === 'down');
}

function findLimit(
  migrations: readonly Migration[],
  to: string | undefined,
  fault: (code: string, message: string, hint: string) => void,
): bigint | undefined {
  if (to === undefined) return undefined;
  const found = findVersion(migrations, to);
  if (found?.number !== undefined) return BigInt(found.number);
  fault('unknown-version', `There is no migration ${to}.`, 'See the versions with: registry-jobs status');
  return undefined;
}

/** Finds a migration by its version, or by its number alone: `14` for `014_labels`. */
export function findVersion(migrations: readonly Migration[], version: string): Migration | undefined {
  const exact = migrations.find((migration) => migration.version === version);
  if (exact || !/^\d+$/.test(version)) return exact;
  return migrations.find((migration) => migration.number === BigInt(version).toString());
}

function empties(pending: readonly Migration[]): WarningReport[] {
  return pending
    .filter((migration) => migration.up.statements.length === 0)
    .map((migration) => ({
      code: 'empty',
      message: `${migration.up.file} holds no statement; it is recorded and does nothing.`,
    }));
}

import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import type { LedgerRow } from './ledger.ts';
import type { Migration } from './migration.ts';
import type { StatusEntry, WarningReport } from './report.ts';

export interface PlanOptions {
  /** Apply a file that is older than the newest applied one. */
  readonly outOfOrder?: boolean;
  /**
   * What an applied version without a file is. A deploy that rolls back runs an older bundle against a newer
   * database: there it must not fail. @default 'error'
   */
  readonly missingFiles?: 'error' | 'warn';
}

/** What a run would do. Plain data: made without looking at the database again, executed without deciding again. */
export interface Plan {
  /** In the order in which they are applied. */
  readonly pending: readonly Migration[];
  /** One per version, files and ledger together, in order. */
  readonly entries: readonly StatusEntry[];
  readonly warnings: readonly WarningReport[];
  /** Each of these keeps `up` from running anything. */
  readonly problems: readonly ErrorReport[];
}

/** Compares the files with the ledger. Pure. */
export function planUp(
  migrations: readonly Migration[],
  ledger: readonly LedgerRow[],
  options: PlanOptions = {},
): Plan {
  const rows = new Map(ledger.map((row) => [row.version, row]));
  const warnings: WarningReport[] = [];
  const problems: ErrorReport[] = [];
  const fault = (code: string, message: string, hint: string) => {
    problems.push(toErrorReport(new RegistryJobsError(code, message, { hint })));
  };

  const pending = migrations.filter((migration) => {
    const row = rows.get(migration.version);
    if (!row) return true;
    if (!isUnfinished(row)) return false;
    if (migration.style === 'plain') {
      warnings.push({
        code: 'unfinished',
        message: `${migration.up.file} was started at ${row.startedAt} and never finished; it runs again.`,
      });
      return true;
    }
    fault(
      'unfinished',
      `${migration.up.file} was started at ${row.startedAt} and never finished.`,
      'See what it left in the database, then correct the ledger.',
    );
    return false;
  });

  for (const migration of migrations) {
    const row = rows.get(migration.version);
    if (row && !isUnfinished(row) && row.checksum !== undefined && row.checksum !== migration.up.checksum) {
      fault(
        'edited',
        `${migration.up.file} was changed after it was applied.`,
        'Undo the change, and write a new migration for what it was meant to do.',
      );
    }
  }

  const files = new Set(migrations.map((migration) => migration.version));
  const missing = ledger.filter((row) => !files.has(row.version));
  for (const { version } of missing) {
    const message = `Version ${version} is applied but has no file.`;
    if (options.missingFiles === 'warn') warnings.push({ code: 'missing-file', message });
    else fault('missing-file', message, 'Restore the file, or deploy the version of the code that has it.');
  }

  const isPending: ReadonlySet<Migration> = new Set(pending);
  const newest = migrations.findLast((migration) => rows.has(migration.version) && !isPending.has(migration));
  for (const migration of pending) {
    if (!newest || BigInt(migration.number) > BigInt(newest.number)) continue;
    const message = `${migration.up.file} is older than ${newest.up.file}, which is applied.`;
    if (options.outOfOrder) warnings.push({ code: 'out-of-order', message });
    else fault('out-of-order', message, 'Give it the next free number, or allow it with --out-of-order.');
  }
  warnings.push(...gaps(migrations), ...empties(pending));
  return { pending, entries: describe(migrations, rows, isPending, missing), warnings, problems };
}

/** Started by a tool that records the beginning, and not heard of since. */
function isUnfinished(row: LedgerRow): boolean {
  return row.startedAt !== undefined && row.finishedAt === undefined;
}

/** Versions that are dates have gaps by nature; in 001, 002, 004 a file may have been forgotten. */
function gaps(migrations: readonly Migration[]): WarningReport[] {
  return migrations.flatMap((migration, index) => {
    const before = migrations[index - 1];
    if (migration.style !== 'plain' || before?.style !== 'plain') return [];
    if (BigInt(migration.number) - BigInt(before.number) <= 1n) return [];
    return [{ code: 'gap', message: `Nothing between ${before.up.file} and ${migration.up.file}.` }];
  });
}

function empties(pending: readonly Migration[]): WarningReport[] {
  return pending
    .filter((migration) => migration.up.statements.length === 0)
    .map((migration) => ({
      code: 'empty',
      message: `${migration.up.file} holds no statement; it is recorded and does nothing.`,
    }));
}

function describe(
  migrations: readonly Migration[],
  rows: ReadonlyMap<string, LedgerRow>,
  isPending: ReadonlySet<Migration>,
  missing: readonly LedgerRow[],
): StatusEntry[] {
  const times = ({ startedAt, finishedAt }: LedgerRow) => ({
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  });
  const withFile = migrations.map((migration): StatusEntry => {
    const { version } = migration;
    const row = rows.get(version);
    if (!row || isPending.has(migration)) return { version, state: 'pending', file: migration.up.file };
    const edited = row.checksum !== undefined && row.checksum !== migration.up.checksum;
    return { version, state: edited ? 'edited' : 'applied', file: migration.up.file, ...times(row) };
  });
  return [
    ...withFile,
    ...missing.map((row): StatusEntry => ({ version: row.version, state: 'missing-file', ...times(row) })),
  ];
}

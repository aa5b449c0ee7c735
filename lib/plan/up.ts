import type { ErrorCode } from '../errors/catalogue.ts';
import type { ErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { isNumbered, type Migration } from '../migrations/migration.ts';
import { utc } from '../text/times.ts';
import { findLast, findReruns, targetOf } from './asked.ts';
import { describeEntries, isUnfinished } from './entries.ts';
import { problem } from './error.ts';
import { halfDoneProblem, isHalfDone } from './half-done.ts';
import type { JournalRow, Known } from './known.ts';
import { judgeMissing, RENUMBER } from './missing.ts';
import type { Plan } from './plan.ts';
import { findRenames } from './renames.ts';
import { planResume } from './resume.ts';
import { describeRunning } from './running.ts';
import type { Task } from './task.ts';
import { brokenWaysBack, empties, gaps, lateReruns, unfilled } from './warnings.ts';

export interface PlanOptions {
  /** The last version to apply; those after it, and the repeatable ones, stay pending. */
  readonly to?: string;
  /** How many to apply at the most, in their order; the others stay pending. */
  readonly steps?: number;
  /** Apply a file that is older than the newest applied one. */
  readonly outOfOrder?: boolean;
  /** Plain files that are run again although they are applied: they are written so that this does no harm. */
  readonly rerun?: readonly string[];
  /**
   * What a version is that we applied and that has no file. A deploy that rolls back runs an older bundle against a newer
   * database: there it must not fail. @default 'error'
   */
  readonly missingFiles?: 'error' | 'warn';
  /** Go on with a file without a transaction that was left to the server, and has more statements. @default false */
  readonly goOn?: boolean;
}

/** Compares a folder with the ledger: its files, and what is to be said of the folder itself. Pure. */
export function planFolder(
  { migrations, warnings = [] }: CompiledMigrations,
  known: Known,
  options: PlanOptions = {},
): Plan {
  const plan = planUp(migrations, known, options);
  return { ...plan, warnings: [...warnings, ...plan.warnings] };
}

/** Compares the files with the ledger. Pure. */
export function planUp(migrations: readonly Migration[], known: Known, options: PlanOptions = {}): Plan {
  const rows = new Map(known.ledger.map((row) => [row.version, row]));
  const warnings: WarningReport[] = [];
  const problems: ErrorReport[] = [];
  const fault = (code: ErrorCode, message: string, hint: string) => {
    problems.push(problem(code, message, hint));
  };
  const { running } = known;
  // What another run is at work on did not stop half way; whoever wants to run it waits for that one.
  const stopped = (known.unsettled ?? []).filter(({ version }) => version !== running?.version);
  const halfDone = new Map(stopped.filter(isHalfDone).map((row) => [row.version, row]));
  if (running) warnings.push(describeRunning(running));
  const renames = findRenames(migrations, known.ledger);
  const last = findLast(migrations, options.to, problems);
  const rerun = findReruns(migrations, options.rerun ?? [], problems);

  const goingOn = new Map<Migration, Task>();

  const isDue = (migration: Migration): boolean => {
    const { version, up: script, style } = migration;
    const row = rows.get(version);
    const half = halfDone.get(version);
    // Whatever the ledger says: a file without a transaction may have written its own row before it failed.
    if (half && options.goOn && wasLeft(half, known)) {
      const planned = planResume([migration], { ...known, unsettled: [half] });
      problems.push(...planned.problems);
      const [task] = planned.tasks;
      if (task) goingOn.set(migration, { ...task, onlyIfDone: true });
      return task !== undefined;
    }
    if (half) {
      problems.push(halfDoneProblem(half));
      return false;
    }
    if (renames.certain.has(version)) return false;
    if (rerun.has(migration) && style === 'plain') return true;
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
    const since = `${script.file} was started at ${row.startedAt && utc(row.startedAt)} and never finished`;
    if (style === 'versioned') {
      const hint = `See what it left in the database, then settle it with: registry-jobs force ${version}`;
      fault('unfinished', `${since}.`, hint);
      return false;
    }
    warnings.push({ code: 'unfinished', message: `${since}; it runs again.` });
    return true;
  };
  const pending = migrations.filter((migration) => {
    const due = isDue(migration);
    const { version, up, style } = migration;
    if (!due && rerun.has(migration) && style !== 'plain') {
      fault(
        'cannot-rerun',
        `${up.file} is not a plain file.`,
        'Only plain files are written to be run again.',
      );
    } else if (rerun.has(migration) && renames.certain.has(version)) {
      fault('cannot-rerun', `${up.file} was applied under another name.`, RENUMBER);
    }
    return due;
  });
  const isPending: ReadonlySet<Migration> = new Set(pending);

  const files = new Set(migrations.map(({ version }) => version));
  const missing = known.ledger.filter(({ version }) => !files.has(version));
  const judged = judgeMissing(
    { rows: missing, halfDone: [...halfDone.values()].filter(({ version }) => !files.has(version)) },
    known.flyway ?? [],
    { migrations, pending, known },
    renames,
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
  const isWithin = (migration: Migration) =>
    !last ||
    migration.style === 'initial' ||
    (isNumbered(migration) && BigInt(migration.number) <= BigInt(last.number));
  // What is run again was applied once, so it does not come too early.
  const within = pending.filter(
    (migration) => isWithin(migration) || (rerun.has(migration) && rows.has(migration.version)),
  );
  const chosen = options.steps === undefined ? within : within.slice(0, options.steps);
  for (const { version, up } of pending.filter((migration) => rerun.has(migration))) {
    if (!last || chosen.some((migration) => migration.version === version)) continue;
    const message = `${up.file} is pending and comes after ${last.version}, the last one to apply.`;
    fault('cannot-rerun', message, 'Leave out one of the two, --to or --rerun.');
  }
  problems.push(...unfilled(chosen));
  warnings.push(
    ...lateReruns(migrations, rerun, rows),
    ...gaps(migrations),
    ...empties(chosen),
    ...brokenWaysBack(chosen),
    ...chosen.flatMap(({ up }) => up.warnings ?? []),
  );
  return {
    tasks: chosen.map((migration): Task => goingOn.get(migration) ?? { migration, direction: 'up' }),
    entries: describeEntries(migrations, { rows, isPending, missing, halfDone, running, renames }),
    warnings,
    problems,
    ...targetOf(last, options.steps, pending.length - chosen.length),
  };
}

/** Whether the server has ended what was left to it, or has failed at it since this run began: then it is this run's to say. */
function wasLeft({ backend, direction, status, startedAt }: JournalRow, { attempts = [] }: Known): boolean {
  if (!backend || direction !== 'up') return false;
  return status !== 'failed' || attempts.some((row) => row.startedAt === utc(startedAt));
}

import type { ErrorCode } from '../errors/catalogue.ts';
import type { ErrorReport } from '../errors/error.ts';
import { isNumbered, type Migration } from '../migrations/migration.ts';
import { problem } from './error.ts';
import { halfDoneProblem, isHalfDone } from './half-done.ts';
import type { Known } from './known.ts';
import { RENUMBER } from './missing.ts';
import type { Plan, TargetReport } from './plan.ts';
import { isReversible, scriptOf, type Task } from './task.ts';
import { planUp } from './up.ts';
import { findNumbered } from './versions.ts';
import { emptyWaysBack } from './warnings.ts';

/** What is said of files that are not applied yet, and of what they make different. */
const OF_WHAT_IS_PENDING: ReadonlySet<string> = new Set([
  'gap',
  'empty',
  'renamed',
  'half-done',
  'down-broken',
  'transaction-understood',
  'older-grammar',
]);

/** How far to go back: undo everything after a version, `none` for all, or a number of migrations. */
export type DownTarget = { readonly to: string } | { readonly steps: number };

/**
 * Whether all that is applied is to be undone. `0` means it too, as it always has, unless a file has that number: then it is a version to go
 * back to, like any other. Pure.
 */
export function undoesAll(migrations: readonly Migration[], target: DownTarget): boolean {
  if ('steps' in target) return false;
  return target.to === 'none' || (target.to === '0' && !migrations.some(({ number }) => number === '0'));
}

/**
 * Plans what to undo, newest first. Everything that cannot be undone is refused by name before anything runs.
 * Pure.
 */
export function planDown(migrations: readonly Migration[], known: Known, target: DownTarget): Plan {
  const {
    entries,
    warnings,
    problems: found,
  } = planUp(migrations, known, { missingFiles: 'warn', outOfOrder: true });
  const problems: ErrorReport[] = found.filter(({ code }) => code !== 'edited');
  const fault = (code: ErrorCode, message: string, hint: string) => {
    problems.push(problem(code, message, hint));
  };
  const files = new Set(migrations.map(({ version }) => version));
  // A deploy forgives what an older bundle does not know; to undo what came before it is another matter.
  const unknown = (known.unsettled ?? []).filter(
    (row) => isHalfDone(row) && !files.has(row.version) && row.version !== known.running?.version,
  );
  problems.push(...unknown.map(halfDoneProblem));
  const applied = new Set(known.ledger.map(({ version }) => version));
  const newestFirst = migrations
    .filter(isNumbered)
    .filter(({ version }) => applied.has(version))
    .reverse();
  // It is applied, under a name that says nothing of when.
  for (const { state, file, was } of entries) {
    if (state === 'renamed') fault('renamed', `${file} is what was applied as ${was}.`, RENUMBER);
  }
  const { chosen, reached } = choose(newestFirst, migrations, target, problems);
  const tasks: Task[] = [];
  for (const migration of chosen) {
    if (migration.style === 'plain') {
      fault(
        'irreversible',
        `${migration.up.file} is a plain file; it only goes forward.`,
        'Write a new migration that undoes it.',
      );
    } else if (migration.downProblem && !migration.up.directives.irreversible) {
      problems.push(migration.downProblem);
    } else if (!isReversible(migration) || migration.up.directives.irreversible) {
      const why = isReversible(migration) ? 'says that it cannot be undone' : 'has no down file';
      fault(
        'irreversible',
        `${migration.up.file} ${why}.`,
        'Write its down file, or a new migration that undoes it.',
      );
    } else tasks.push({ migration, direction: 'down' });
  }
  return {
    tasks,
    entries,
    warnings: [
      ...warnings.filter(({ code }) => !OF_WHAT_IS_PENDING.has(code)),
      ...emptyWaysBack(tasks.map(({ migration }) => migration)),
      ...tasks.flatMap((task) => scriptOf(task).warnings ?? []),
    ],
    problems,
    target: reached,
  };
}

/** What the target means for these files: those to undo, and how a report calls it. */
function choose(
  newestFirst: readonly (Migration & { readonly number: string })[],
  all: readonly Migration[],
  target: DownTarget,
  problems: ErrorReport[],
): { readonly chosen: readonly Migration[]; readonly reached: TargetReport } {
  if ('steps' in target) return { chosen: newestFirst.slice(0, target.steps), reached: target };
  if (undoesAll(all, target)) return { chosen: newestFirst, reached: { ...target, all: true } };
  const answer = findNumbered(all, target.to);
  if ('problem' in answer) {
    problems.push(answer.problem);
    return { chosen: [], reached: target };
  }
  const { number, version } = answer.found;
  const chosen = newestFirst.filter((migration) => BigInt(migration.number) > BigInt(number));
  return { chosen, reached: { to: version } };
}

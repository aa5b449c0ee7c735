import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import { doneChecksum } from './done-checksum.ts';
import type { Migration } from './migration.ts';
import { isHalfDone, type Known } from './plan.ts';
import { scriptOf, type Task } from './task.ts';

/**
 * Plans to go on where files without a transaction stopped. What stands behind that place may have been mended;
 * what is done must be as it was, or nobody could tell where to go on. Pure.
 */
export function planResume(
  migrations: readonly Migration[],
  known: Known,
): { tasks: Task[]; problems: ErrorReport[] } {
  const tasks: Task[] = [];
  const problems: ErrorReport[] = [];
  for (const row of (known.unsettled ?? []).filter(isHalfDone)) {
    const migration = migrations.find(({ version }) => version === row.version);
    const direction = row.direction === 'down' ? 'down' : 'up';
    const task = migration && ({ migration, direction, from: row.done } as const);
    if (task && doneChecksum(scriptOf(task), row.done) === row.doneChecksum) {
      tasks.push(task);
      continue;
    }
    const message = task
      ? `${row.file} was changed in its first ${row.done} statements, which are done.`
      : `${row.file} stopped behind statement ${row.done}, and is not there any more.`;
    const hint = `Restore them as they were; or finish its work by hand and say so with: registry-jobs force ${row.version}`;
    problems.push(toErrorReport(new RegistryJobsError('cannot-resume', message, { hint })));
  }
  return { tasks, problems };
}

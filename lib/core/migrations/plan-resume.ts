import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors.ts';
import type { Migration } from './migration.ts';
import { isHalfDone, type Known } from './plan.ts';
import { scriptOf, type Task } from './task.ts';

/**
 * Plans to go on where files without a transaction stopped. The file must be the one that was tried: where it
 * was edited, nobody can tell which of its statements were done. Pure.
 */
export function planResume(
  migrations: readonly Migration[],
  known: Known,
): { tasks: Task[]; problems: ErrorReport[] } {
  const applied = new Set(known.ledger.map(({ version }) => version));
  const tasks: Task[] = [];
  const problems: ErrorReport[] = [];
  for (const row of (known.unsettled ?? []).filter(isHalfDone)) {
    if (row.direction === 'up' && applied.has(row.version)) continue;
    const migration = migrations.find(({ version }) => version === row.version);
    const direction = row.direction === 'down' ? 'down' : 'up';
    const task = migration && ({ migration, direction, from: row.done } as const);
    if (task && scriptOf(task).checksum === row.checksum) {
      tasks.push(task);
      continue;
    }
    const message = task
      ? `${row.file} was changed after it stopped behind statement ${row.done}.`
      : `${row.file} stopped behind statement ${row.done}, and is not there any more.`;
    const hint = `Restore the file as it was tried; or finish its work by hand and say so with: registry-jobs force ${row.version}`;
    problems.push(toErrorReport(new RegistryJobsError('cannot-resume', message, { hint })));
  }
  return { tasks, problems };
}

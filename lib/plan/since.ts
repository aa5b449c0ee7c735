import { UsageError } from '../errors/error.ts';
import type { JournalRow } from './known.ts';
import { scriptOf, type Task } from './task.ts';

/** The attempts at a task's file as it is now, in their order. Pure. */
export function attemptsAt(task: Task, attempts: readonly JournalRow[]): JournalRow[] {
  const { checksum } = scriptOf(task);
  return attempts.filter(
    (row) =>
      row.version === task.migration.version && row.direction === task.direction && row.checksum === checksum,
  );
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?$/;

/** A moment as the journal has them, without its zone. Pure. @throws UsageError `bad-since` */
export function momentOf(text: string): string {
  if (MOMENT.test(text) && !Number.isNaN(Date.parse(`${text.replace(/Z$/, '')}Z`)))
    return text.replace(/Z$/, '');
  throw new UsageError('bad-since', `${JSON.stringify(text)} is no moment in UTC, ISO 8601.`, {
    hint: 'Give it as a report has it, "at": 2026-01-31T09:00:00.123456Z',
  });
}

/** What is looked at of the first report of a run that is called again and again. */
interface FirstReport {
  readonly at: string;
  readonly running?: { readonly byAnotherRun?: boolean; readonly startedAt?: string };
}

/**
 * From when on attempts belong to a run that is called again and again. One that came upon another run waits for that one's file, and its
 * failure is told as well: it is not tried once more at once, which may take another hour, or undo that somebody has cancelled it. Pure.
 *
 * @returns UTC, ISO 8601
 */
export function sinceOf({ at, running }: FirstReport): string {
  if (!running?.byAnotherRun || running.startedAt === undefined) return at;
  const before = new Date(Date.parse(running.startedAt) - 1).toISOString();
  return before < at ? before : at;
}

/** Whether a moment is after another, both UTC, ISO 8601, with as many digits of the second as they may have. Pure. */
export function isAfter(moment: string, other: string): boolean {
  return moment.replace(/Z$/, '') > other.replace(/Z$/, '');
}

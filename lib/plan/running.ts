import type { WarningReport } from '../errors/warning.ts';
import { toSecond } from '../text/times.ts';
import type { JournalRow } from './known.ts';

/**
 * Which attempt is at work: a run makes one at a time, and holds the lock of the migrations meanwhile. So of those that are called
 * running it is the newest, or none. Pure.
 *
 * @param isHeld whether somebody else holds the lock
 */
export function findRunning(rows: readonly JournalRow[], isHeld: boolean): JournalRow | undefined {
  if (!isHeld) return undefined;
  return rows
    .filter(isCalledRunning)
    .reduce<JournalRow | undefined>(
      (newest, row) => (newest && newest.startedAt >= row.startedAt ? newest : row),
      undefined,
    );
}

/** What is called running and is not at work was ended before it could say how: the next run writes that down. Pure. */
export function withoutDead(rows: readonly JournalRow[], isHeld: boolean): JournalRow[] {
  const running = findRunning(rows, isHeld);
  return rows.map((row) =>
    isCalledRunning(row) && row !== running ? { ...row, status: 'interrupted' } : row,
  );
}

export function isCalledRunning({ status }: JournalRow): boolean {
  return status === 'running';
}

export function describeRunning({ file, direction, startedAt, who }: JournalRow): WarningReport {
  const doing = direction === 'down' ? 'undoing' : 'applying';
  return {
    code: 'running',
    message: `Another run is ${doing} ${file}, since ${toSecond(startedAt)} (${who}).`,
  };
}

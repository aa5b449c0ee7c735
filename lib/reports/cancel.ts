import type { JournalRow } from '../plan/known.ts';
import { formatDuration } from '../text/format.ts';
import { exactPlaceOf } from '../text/place.ts';
import { visible } from '../text/visible.ts';
import type { DatabaseReport } from './database.ts';
import { describeDetached, type RunningReport } from './running.ts';

/** What became of a run that was to be cancelled, as another session saw it. */
export interface CancelReport {
  readonly command: 'cancel';
  /**
   * `not-running`: no run is at work. `planned`: what would be cancelled, nothing was asked. `cancelled`: it has ended, and was not applied.
   * `applied`: it came to its end before. `still-running`: it was asked to end, and has not yet.
   */
  readonly status: 'not-running' | 'planned' | 'cancelled' | 'applied' | 'still-running';
  readonly database: DatabaseReport;
  /** The run that was at work, as it was seen before; where it was between two files, as it was seen at the file that it began next. */
  readonly running?: RunningReport;
  /** What the journal says of its file now, or of the newest one where none is at work. */
  readonly attempt?: JournalRow;
  readonly durationMs: number;
}

/** The report of `cancel` as a person reads it. Pure. */
export function renderCancelReport(report: CancelReport): string {
  return visible(linesOf(report).join('\n'));
}

function linesOf({ status, database, running, attempt, durationMs }: CancelReport): string[] {
  const place = exactPlaceOf(database);
  const file = attempt?.file ?? running?.file ?? 'the run';
  const took = formatDuration(durationMs);
  switch (status) {
    case 'not-running':
      return [`No run is at work in ${place}: nothing was cancelled. Look with: registry-jobs status`];
    case 'planned':
      return running ? describeDetached(running).slice(0, 2) : [];
    case 'cancelled':
      if (!attempt)
        return [
          `Cancelled the run in ${place} in ${took}, while it was at no file. See what was done: registry-jobs status`,
        ];
      return [`Cancelled ${file} in ${place} in ${took}. ${whatIsKept(attempt)}`];
    case 'applied':
      return [
        `Not cancelled: ${file} came to its end in ${place} before, and is ${attempt?.direction === 'down' ? 'undone' : 'applied'}.`,
        'Look with: registry-jobs status',
      ];
    case 'still-running':
      return [
        `${file} was asked to end in ${place}, and has not after ${took}: a rollback may take as long as what it undoes.`,
        'Watch it with: registry-jobs watch',
      ];
  }
}

function whatIsKept(attempt: JournalRow): string {
  if (attempt.transaction) return 'Nothing of it was kept. To run it again: registry-jobs up';
  const done = attempt.done === 1 ? 'Its first statement stays' : `Its first ${attempt.done} statements stay`;
  return `${attempt.done === 0 ? 'None of its statements is on record as' : done} done. See what to do with: registry-jobs status`;
}

import type { JournalRow } from '../plan/known.ts';
import { count, formatDuration, listed } from '../text/format.ts';
import { millisecondsBetween, toSecond } from '../text/times.ts';
import { visible } from '../text/visible.ts';
import type { DatabaseReport } from './database.ts';

/** How a run ended that was watched, as the journal has it; or that there was none. */
export interface WatchReport {
  readonly command: 'watch';
  /**
   * `ended`: it came to its end, as far as the journal knows. `failed`: its last file failed, or was stopped. `interrupted`: its session is
   * gone, and it has not said how. `not-running`: there was none. `left`: the watching was ended, the run goes on.
   */
  readonly status: 'ended' | 'failed' | 'interrupted' | 'not-running' | 'left';
  readonly database: DatabaseReport;
  readonly runId?: string;
  /** The attempts of the run, oldest first; of `not-running` the newest of all. */
  readonly attempts: readonly JournalRow[];
  /** How many versions are still pending. */
  readonly pending: number;
}

/** What a run came to whose session does not hold the lock any more, by its newest attempt. Pure. */
export function judgeRun(attempts: readonly JournalRow[]): 'ended' | 'failed' | 'interrupted' {
  const status = attempts.at(-1)?.status;
  if (status === 'failed') return 'failed';
  return status === 'running' || status === 'interrupted' ? 'interrupted' : 'ended';
}

/** `Applied migrations/001_a.sql in 12 ms (1 statement)`, of a row of the journal. Pure. */
export function renderAttempt({
  file,
  direction,
  status,
  startedAt,
  finishedAt,
  statements,
}: JournalRow): string {
  const took =
    finishedAt === undefined ? '' : ` in ${formatDuration(millisecondsBetween(startedAt, finishedAt))}`;
  const verb = status !== 'applied' ? 'Failed ' : direction === 'down' ? 'Undone ' : 'Applied';
  return `${verb} ${file}${took} (${count(statements, 'statement')})`;
}

/** The report of `watch` as a person reads it. Pure. */
export function renderWatchReport(report: WatchReport): string {
  const { status, database, attempts, pending } = report;
  const place = 'kind' in database ? database.name : `${database.name} on ${database.host}:${database.port}`;
  const last = attempts.at(-1);
  const left = pending > 0 ? ` ${count(pending, 'migration')} pending.` : '';
  if (status === 'left')
    return `Stopped watching; the run on ${place} goes on. To watch it again: registry-jobs watch`;
  if (status === 'not-running') {
    const newest = last ? ` The newest attempt: ${describeRow(last)}.` : '';
    return visible(`No run is at work on ${place}.${newest}${left} Look with: registry-jobs status`);
  }
  const done = attempts.filter((row) => row.status === 'applied');
  const files = done.map(({ file }) => file);
  const what =
    files.length > 0 ? `${count(files.length, 'file')} done (${listed(files)})` : 'no file was done';
  const who = last ? ` of ${last.who}` : '';
  const begin = `The run${who} on ${place} ended`;
  if (status === 'ended') return visible(`${begin}: ${what}.${left} Look with: registry-jobs status`);
  return visible(
    `${begin}${status === 'failed' ? '' : ' without a word'}: ${last ? describeRow(last) : ''}; ${what}.${left} ${next(last)}`,
  );
}

function next(last: JournalRow | undefined): string {
  if (!last || last.transaction)
    return 'Nothing of that file was kept. See more with: registry-jobs status --history';
  return `${last.done} of its ${count(last.statements, 'statement')} stay done. See what to do with: registry-jobs status`;
}

function describeRow({ file, direction, status, startedAt, finishedAt, error }: JournalRow): string {
  const at = toSecond(finishedAt ?? startedAt);
  const how = status === 'running' ? 'interrupted' : status;
  const verb = direction === 'down' && how === 'applied' ? 'undone' : how;
  return `${file} ${verb} (${at})${error === undefined ? '' : `: ${error.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '')}`}`;
}

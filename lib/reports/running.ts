import type { Migration } from '../migrations/migration.ts';
import { type AtWork, runsOn } from '../plan/at-work.ts';
import { readProgress } from '../plan/progress-name.ts';
import { statementAt } from '../plan/statement-at.ts';
import { formatDuration } from '../text/format.ts';
import { toSecond } from '../text/times.ts';
import { visible } from '../text/visible.ts';

/** A run that holds the lock of the migrations at this moment. Durations are in milliseconds, by the clock of the server. */
export type RunningReport = Omit<AtWork, 'row' | 'ageMs' | 'query' | 'queryMs' | 'isActive'> & {
  readonly runId?: string;
  readonly who?: string;
  /** The file that it is at work on; none between two files. */
  readonly version?: string;
  readonly file?: string;
  readonly direction?: 'up' | 'down';
  readonly transaction?: boolean;
  /** When that was begun: UTC, ISO 8601. */
  readonly startedAt?: string;
  readonly elapsedMs?: number;
  /** Which of its statements it is at, from 1, and in which line: where that can be told. */
  readonly statement?: number;
  readonly line?: number;
  readonly statementMs?: number;
  readonly statements?: number;
  /** It runs on in the server by itself: whoever has begun it need not be there any more. */
  readonly detached?: true;
  /** In the report of a run: another run has begun it, and this one only looks at it. */
  readonly byAnotherRun?: true;
};

/** What is known of a run that is at work, with the files at hand. The statement itself is not told: it may hold a secret. Pure. */
export function describeAtWork(found: AtWork, migrations: readonly Migration[]): RunningReport {
  const { row, ageMs, query, queryMs, isActive, ...seen } = found;
  if (!row) return seen;
  const { runId, who, version, file, transaction, startedAt, statements } = row;
  const direction = row.direction === 'down' ? 'down' : 'up';
  const migration = migrations.find((one) => one.version === version);
  const script = direction === 'down' ? migration?.down : migration?.up;
  const ours = script?.checksum === row.checksum ? script : undefined;
  const isLeft = row.backend?.pid === seen.pid;
  const detached = runsOn(found);
  const byText = isActive && query !== undefined && ours && !isLeft ? statementAt(ours, query) : undefined;
  const byName = detached && transaction ? readProgress(seen.application)?.statement : undefined;
  // Without a transaction each is on record when it is done.
  const next = row.done < statements && (detached || !isLeft) ? row.done + 1 : undefined;
  const statement = transaction ? (byText ?? byName) : next;
  const line = statement === undefined ? undefined : ours?.statements[statement - 1]?.line;
  return {
    ...seen,
    ...{ runId, who, version, file, direction, transaction, startedAt, statements },
    ...(ageMs !== undefined && { elapsedMs: ageMs }),
    ...(statement !== undefined && { statement }),
    ...(line !== undefined && { line }),
    ...(byText !== undefined && { statementMs: queryMs ?? 0 }),
    ...(detached && { detached }),
  };
}

/** `statement 2 of 7 (line 12), CREATE INDEX 42% (building index)`. Pure. */
export function describeStep({ statement, statements, line, progress }: RunningReport): string {
  const place = line === undefined ? '' : ` (line ${line})`;
  return [
    ...(statement === undefined ? [] : [`statement ${statement} of ${statements}${place}`]),
    ...(progress ? [describeProgress(progress)] : []),
  ].join(', ');
}

function describeProgress({ command, phase, percent, rows }: NonNullable<RunningReport['progress']>): string {
  const far = percent === undefined ? (rows === undefined ? '' : ` ${rows} rows`) : ` ${percent}%`;
  return `${command}${far}${phase === undefined ? '' : ` (${phase})`}`;
}

/** The lines of `status` about it. Pure. */
export function renderRunning(report: RunningReport): string {
  const { waitsFor, who, startedAt, since = startedAt } = report;
  const { pid, user, application } = report;
  const by = `${who === undefined ? '' : `by ${who} `}(pid ${pid}, ${user}${application && `, ${application}`})`;
  const lines = [
    `Running now: ${describeWork(report)}`,
    `  ${since === undefined ? '' : `since ${toSecond(startedAt ?? since)} `}${by}`,
    ...(waitsFor === undefined ? [] : [`  waits for ${waitsFor}`]),
    '  Watch it with: registry-jobs watch',
  ];
  return visible(lines.join('\n'));
}

/** What runs on in the server, in the report of a run that has begun it or has come upon it. Pure. */
export function describeDetached(report: RunningReport): string[] {
  const { byAnotherRun, file = 'a file', who, pid, startedAt, since = startedAt } = report;
  const step = describeStep(report);
  const begun = `${since === undefined ? '' : `since ${toSecond(startedAt ?? since)} `}`;
  const by = `${who === undefined ? '' : `by ${who} `}(pid ${pid})`;
  return [
    `Running ${file} in the server${step && `, ${step}`}`,
    `  ${begun}${by}${byAnotherRun ? ', begun by another run' : ''}`,
    'It runs on by itself: nobody has to wait for it.',
  ];
}

function describeWork(report: RunningReport): string {
  const { file, direction, statementMs, elapsedMs } = report;
  const step = describeStep(report);
  if (file === undefined) {
    return `a run that is between two files, or loads an initial schema${step && `: ${step}`}`;
  }
  const own = statementMs === undefined ? '' : ` for ${formatDuration(statementMs)}`;
  const all = elapsedMs === undefined ? '' : `, ${formatDuration(elapsedMs)} in all`;
  return `${direction === 'down' ? 'undoing' : 'applying'} ${file}${step && `, ${step}`}${own}${all}`;
}

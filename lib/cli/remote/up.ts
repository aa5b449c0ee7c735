import { pause } from '../../engine/pause.ts';
import type { JournalRow } from '../../plan/known.ts';
import { sinceOf } from '../../plan/since.ts';
import type { Answered } from '../../remote/answer.ts';
import type { TaskOptions } from '../../remote/options.ts';
import type { HistoryReport } from '../../reports/history.ts';
import { type MigrationReport, renderMigrationReport } from '../../reports/migration.ts';
import type { AppliedReport } from '../../reports/outcome.ts';
import { millisecondsBetween } from '../../text/times.ts';
import type { Cli } from '../database-command.ts';
import { showProgress } from '../show-running.ts';
import {
  presentRemote,
  type RemoteCommandOptions,
  type RemoteTools,
  runRemote,
  tellDifference,
} from './run.ts';
import { follow, LOOK_MS, lookOften } from './watch.ts';

export interface RemoteUpOptions extends RemoteCommandOptions {
  readonly to?: string;
  readonly steps?: number;
  readonly outOfOrder: boolean;
  readonly rerun?: readonly string[];
  readonly plan?: string;
  readonly detach?: boolean;
}

/** `up --remote`: has the function apply what it was deployed with, and looks meanwhile at what it does. */
export function remoteUp(cli: Cli, options: RemoteUpOptions): Promise<void> {
  return runRemote(
    cli,
    options,
    async (tools) => {
      // Before anything is run: what will be run may not be what is in the folder.
      const looked = await tools.ask<HistoryReport, 'history'>('history', { limit: 1 });
      await tellDifference(cli, options, looked);
      const answer = await cli.stop.inOrder((signal) => runToEnd(tools, optionsOf(cli, options), signal));
      const { status } = answer.report;
      return presentRemote(cli, answer, render, status === 'failed' ? 1 : 0);
    },
    { kept: ['wait'] },
  );
}

function optionsOf(
  { io }: Cli,
  { to, steps, outOfOrder, rerun, plan, wait, detach }: RemoteUpOptions,
): TaskOptions['up'] {
  return {
    who: io.who.slice(0, 200),
    detach: detach ? 'always' : 'when-needed',
    ...(outOfOrder && { outOfOrder }),
    ...(to !== undefined && { to }),
    ...(steps !== undefined && { steps }),
    ...(rerun !== undefined && { rerun }),
    ...(plan !== undefined && { plan }),
    ...(wait !== undefined && { waitMs: wait }),
  };
}

type Up = Answered<MigrationReport>;

/** Calls the function until nothing runs on in the server, all of it one run; with `--detach` once. */
async function runToEnd(tools: RemoteTools, options: TaskOptions['up'], signal: AbortSignal): Promise<Up> {
  const { ask, progress } = tools;
  const call = (asked: TaskOptions['up']) =>
    lookingMeanwhile(tools, signal, ask<MigrationReport, 'up'>('up', asked, { signal }));
  const { onLook } = showProgress(progress);
  let answer = await call(options);
  const since = sinceOf(answer.report);
  const applied = [...answer.report.applied];
  while (answer.report.status === 'running' && options.detach !== 'always') {
    const seen = await follow(tools, { onLook, signal });
    if (seen.status === 'left') break;
    // What another run has done is told as what was there.
    if (!answer.report.running?.byAnotherRun) applied.push(...seen.attempts.flatMap(asApplied));
    const rest = optionsAfter(options, applied);
    if (!rest) return { ...answer, report: joined(ended(answer.report), applied) };
    // What can be seen by the run and not by who looks is not to be asked for all the time.
    if (seen.status === 'not-running') await pause(LOOK_MS, signal);
    progress.step(`Asking ${tools.target.name}`);
    answer = await call({ ...rest, since });
    applied.push(...answer.report.applied);
  }
  return { ...answer, report: joined(answer.report, applied) };
}

/**
 * What is asked for in a further call of one run, after these files; nothing when it has done as many as it was to. The plan was insisted on
 * when the run began, and is another one after each of its files. Pure.
 */
function optionsAfter(
  { plan: _, steps, rerun, ...kept }: TaskOptions['up'],
  applied: readonly Pick<AppliedReport, 'version'>[],
): TaskOptions['up'] | undefined {
  const done = new Set(applied.flatMap(({ version }) => [version, numberOf(version)]));
  const left = steps === undefined ? undefined : steps - new Set(applied.map(({ version }) => version)).size;
  if (left !== undefined && left < 1) return undefined;
  const again = rerun?.filter((asked) => !done.has(asked) && !done.has(numberOf(asked)));
  return {
    ...kept,
    ...(left !== undefined && { steps: left }),
    ...(again && again.length > 0 && { rerun: again }),
  };
}

/** `1` of `001_shops` and of `001`; what has no number is called by its whole version. */
function numberOf(version: string): string {
  return /^0*(\d+)(?:_|$)/.exec(version)?.[1] ?? version;
}

/** Of a report of a file that has come to its end since. */
function ended({ running: _, ...report }: MigrationReport): MigrationReport {
  return { ...report, status: 'nothing-to-do' };
}

/** What all calls have come to. */
function joined(report: MigrationReport, all: readonly AppliedReport[]): MigrationReport {
  const applied = [...new Map(all.map((one) => [`${one.direction} ${one.version}`, one])).values()];
  const status = report.status === 'nothing-to-do' && applied.length > 0 ? 'applied' : report.status;
  return { ...report, status, applied };
}

/** What has run on in the server, as a run would have told it. */
function asApplied({
  version,
  file,
  direction,
  status,
  startedAt,
  finishedAt,
  statements,
}: JournalRow): AppliedReport[] {
  if (status !== 'applied' || finishedAt === undefined || (direction !== 'up' && direction !== 'down'))
    return [];
  const durationMs = millisecondsBetween(startedAt, finishedAt);
  return [
    { version, file, direction, startedAt, finishedAt, durationMs, statements, attempts: 1, notices: [] },
  ];
}

/** What a run does, while the answer to it is waited for. Looks that fail are left out: the answer says what is true. */
async function lookingMeanwhile(tools: RemoteTools, signal: AbortSignal, answer: Promise<Up>): Promise<Up> {
  const over = new AbortController();
  const looking = lookOften(tools, AbortSignal.any([signal, over.signal]));
  try {
    return await answer;
  } finally {
    over.abort();
    await looking;
  }
}

/** A function that is asked again would say the same: these files are older ones there. */
function render(report: MigrationReport): string {
  return renderMigrationReport(report).replace(/ To run them all the same: registry-jobs up$/, '');
}

import { pause } from '../../engine/pause.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { type FollowOptions, followRun, type View } from '../../jobs/watch-run.ts';
import type { JournalRow } from '../../plan/known.ts';
import type { TaskOptions } from '../../remote/options.ts';
import type { LookReport } from '../../reports/look.ts';
import { renderWatchReport, type WatchReport } from '../../reports/watch.ts';
import type { Cli } from '../database-command.ts';
import { showLines, showProgress } from '../show-running.ts';
import { type Ask, type RemoteCommandOptions, type RemoteTools, runRemote } from './run.ts';

/** Between two looks, in milliseconds: each is a call of the function. */
export const LOOK_MS = 1_000;
/** The same beside a call that is waited for, which is what is of interest. */
const BESIDES_MS = 2_000;
/** How long a watcher goes on trying, in milliseconds: a lid that was closed, a network that was changed. */
const TRY_MS = 5 * 60_000;
const BETWEEN_TRIES_MS = 2_000;
/** What passes by itself, and says nothing of the run. */
const PASSING: readonly ErrorCode[] = [
  'lambda-unreachable',
  'lambda-throttled',
  'lambda-timeout',
  'lambda-unavailable',
  'connect-too-many',
  'connect-timeout',
];

/** `watch --remote`: a look a second, until the run ends. */
export function remoteWatch(cli: Cli, options: RemoteCommandOptions): Promise<void> {
  return runRemote(
    cli,
    options,
    async (tools) => {
      const show = options.json ? showLines(cli) : showProgress(tools.progress);
      const report = await cli.stop.inOrder((signal) => follow(tools, { ...show, signal }));
      return {
        report: { type: report.status, ...report },
        text: renderWatchReport(report),
        exitCode: report.status === 'failed' || report.status === 'interrupted' ? 1 : 0,
      };
    },
    { resultAs: options.json ? 'lines' : false },
  );
}

/** Looks at a run through the function until it ends. Throws what asking throws, where that does not pass. */
export function follow(
  { ask, progress }: Pick<RemoteTools, 'ask' | 'progress'>,
  options: FollowOptions,
): Promise<WatchReport> {
  const view = viewThrough(trying(ask, progress.note, options.signal));
  return followRun(view, { everyMs: LOOK_MS, ...options });
}

type Look = (asked: TaskOptions['watch']) => Promise<LookReport>;

/** Looks at whatever is at work until it is told to end, and shows it. What keeps it from looking is of no interest. */
export async function lookOften(
  { ask, progress }: Pick<RemoteTools, 'ask' | 'progress'>,
  signal: AbortSignal,
): Promise<void> {
  const { onLook } = showProgress(progress);
  for (;;) {
    await pause(BESIDES_MS, signal);
    if (signal.aborted) return;
    const answer = await ask<LookReport, 'watch'>('watch', {}, { signal }).catch(() => undefined);
    if (answer?.report.running && !signal.aborted) onLook(answer.report.running);
  }
}

/** Asks again while what is in the way may pass; says so once. */
function trying(ask: Ask, note: (text: string) => void, signal: AbortSignal | undefined): Look {
  let hasWorked = false;
  return async (asked) => {
    const until = Date.now() + TRY_MS;
    for (let isTold = false; ; isTold = true) {
      try {
        const { report } = await ask<LookReport, 'watch'>('watch', asked);
        hasWorked = true;
        return report;
      } catch (error) {
        // What never worked is told at once.
        const mayPass = hasWorked && error instanceof RegistryJobsError && PASSING.includes(error.code);
        if (!mayPass || Date.now() > until || signal?.aborted) throw error;
        if (!isTold) note(`${error.message} Looking again.`);
        await pause(BETWEEN_TRIES_MS, signal);
      }
    }
  };
}

/** One call gives all of a look; what came with the last one is told from here. */
function viewThrough(look: Look): View {
  const rows = new Map<string, JournalRow>();
  let last: LookReport | undefined;
  let runId: string | undefined;
  const again = async () => {
    const from = [...rows.values()].at(-1)?.startedAt;
    last = await look({ ...(runId !== undefined && { runId }), ...(from !== undefined && { from }) });
    runId ??= last.running?.runId;
    // A row that is looked at again may have ended meanwhile.
    for (const row of last.attempts) rows.set(row.startedAt, row);
    return last;
  };
  return {
    atWork: async () => (await again()).running,
    attempts: async () => [...rows.values()],
    end: async () => last ?? again(),
  };
}

import { describeStep, type RunningReport } from '../reports/running.ts';
import { renderAttempt } from '../reports/watch.ts';
import type { Cli } from './database-command.ts';
import { createLineWriter } from './json-lines.ts';
import type { Progress } from './progress.ts';

/** Shows what a run does that is watched: a live line, and what it has done above it. */
export function showProgress(progress: Progress) {
  let waitsFor: string | undefined;
  return {
    onAttempt: (attempt: Parameters<typeof renderAttempt>[0]) => progress.result(renderAttempt(attempt)),
    onLook: (running: RunningReport) => {
      const { file, pid, user, elapsedMs } = running;
      // Who is in the way is a note above.
      const step = [describeStep(running), ...(running.waitsFor === undefined ? [] : ['blocked'])]
        .filter(Boolean)
        .join(', ');
      const what = file ?? `pid ${pid} (${user}) is between two files`;
      progress.step(`[running] ${what}`, step && `, ${step}`, {
        agoMs: elapsedMs ?? 0,
        detailAgoMs: running.statementMs ?? elapsedMs ?? 0,
      });
      // The age of a transaction in it would make each look another one.
      const blockers = running.blockers.map((blocker) => blocker.pid).join();
      if (running.waitsFor !== undefined && blockers !== waitsFor)
        progress.note(`${file ?? what} waits for ${running.waitsFor}`);
      waitsFor = blockers;
    },
  };
}

/** The same as lines of JSON, whenever something has changed. */
export function showLines(cli: Cli) {
  let last = '';
  const line = createLineWriter(cli);
  return {
    onAttempt: (attempt: Parameters<typeof renderAttempt>[0]) => line({ type: 'attempt', ...attempt }),
    onLook: (running: RunningReport) => {
      const { elapsedMs: _, statementMs: __, waitsFor: ___, blockers, ...rest } = running;
      const now = JSON.stringify([rest, blockers.map(({ pid }) => pid)]);
      if (now !== last) line({ type: 'running', ...running });
      last = now;
    },
  };
}

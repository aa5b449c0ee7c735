import { describeStep, type RunningReport } from '../../reports/running.ts';
import { renderAttempt, renderWatchReport } from '../../reports/watch.ts';
import type { Cli } from '../database-command.ts';
import { createLineWriter } from '../json-lines.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import type { Progress } from '../progress.ts';

export function addWatch(cli: Cli): void {
  migrationCommand(cli, 'watch', 'watch a run of migrations that is at work, from another terminal')
    .addHelpText(
      'after',
      `
Shows the file and the statement that a run is at, for how long, whom it waits for, and how far
a long CREATE INDEX, VACUUM, ANALYZE, CLUSTER or COPY is. Ends when the run ends, and says how:
exits with 1 when it failed or its session is gone. Neither writes nor waits.

With --json it writes a line, a JSON document each, whenever something has changed. Their type is
"running" or "attempt"; the last one's "ended", "failed", "interrupted", "not-running" or "left".

Examples:
  registry-jobs watch
  registry-jobs watch --env production --json`,
    )
    .action((options: MigrationOptions) =>
      runMigrationCommand(
        cli,
        options,
        async ({ compiled, settings, progress }) => {
          const show = options.json ? showLines(cli) : showProgress(progress);
          const { watch } = await import('../../jobs/watch.ts');
          const report = await cli.stop.inOrder((signal) => watch(compiled, settings, { ...show, signal }));
          const isBad = report.status === 'failed' || report.status === 'interrupted';
          const text = renderWatchReport(report);
          return { report: { type: report.status, ...report }, text, exitCode: isBad ? 1 : 0 };
        },
        options.json ? 'lines' : false,
      ),
    );
}

function showProgress(progress: Progress) {
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

function showLines(cli: Cli) {
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

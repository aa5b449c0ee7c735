import { renderWatchReport } from '../../reports/watch.ts';

import type { Cli } from '../database-command.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';
import { showLines, showProgress } from '../show-running.ts';

export function addWatch(cli: Cli): void {
  withRemoteOptions(
    migrationCommand(cli, 'watch', 'watch a run of migrations that is at work, from another terminal'),
  )
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
  registry-jobs watch --env production --json
  registry-jobs watch --env production --remote`,
    )
    .action(async (options: MigrationOptions & RemoteOptions) => {
      if (options.remote) return (await import('../remote/watch.ts')).remoteWatch(cli, options);
      return runMigrationCommand(
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
        { resultAs: options.json ? 'lines' : false },
      );
    });
}

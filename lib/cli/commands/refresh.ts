import type { Command } from 'commander';
import { refresh } from '../../statistics/refresh.ts';
import { renderStatisticsReport } from '../../statistics/refresh-report.ts';
import { type Run, type Secrets, withDatabaseOptions } from '../command.ts';
import type { Io } from '../io.ts';
import { createProgress, showStatistics } from '../progress.ts';
import { type DatabaseOptions, openSettings } from '../settings.ts';

export function addRefresh(program: Command, io: Io, secrets: Secrets, run: Run): void {
  const command = program
    .command('refresh')
    .description('call the statistics functions, as the hourly job does');
  withDatabaseOptions(command, io)
    .addHelpText(
      'after',
      `
Each function runs in its own transaction; one that fails does not stop the others, but
the command then exits with 1. Does nothing while a migration runs or maintenance is on.

Examples:
  registry-jobs refresh
  registry-jobs refresh --env demo --json`,
    )
    .action((options: DatabaseOptions & { readonly json: boolean }) =>
      run(options.json, async () => {
        const progress = createProgress(io, options.json);
        try {
          const { settings } = await openSettings(options, 'refresh-statistics', io);
          secrets.add(settings);
          const report = await refresh(settings, { onEvent: showStatistics(progress) });
          return {
            report,
            text: renderStatisticsReport(report),
            exitCode: report.status === 'failed' ? 1 : 0,
          };
        } finally {
          progress.end();
        }
      }),
    );
}

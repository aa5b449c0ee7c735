import { refresh } from '../../statistics/refresh.ts';
import { renderStatisticsReport } from '../../statistics/refresh-report.ts';
import { withDatabaseOptions, withStatisticsOption } from '../command.ts';
import { type Cli, runDatabaseCommand } from '../database-command.ts';
import { showStatistics } from '../progress.ts';
import type { DatabaseOptions } from '../settings.ts';

export function addRefresh(cli: Cli): void {
  const { program, io } = cli;
  const command = program
    .command('refresh')
    .description('call the statistics functions, as the hourly job does');
  withStatisticsOption(withDatabaseOptions(command, io))
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
      runDatabaseCommand(cli, options, 'refresh-statistics', async ({ settings, progress }) => {
        const report = await refresh(settings, { onEvent: showStatistics(progress) });
        return { report, text: renderStatisticsReport(report), exitCode: report.status === 'failed' ? 1 : 0 };
      }),
    );
}

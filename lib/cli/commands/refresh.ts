import { postgresOnly } from '../../settings/sqlite.ts';
import { renderStatisticsReport } from '../../statistics/refresh-report.ts';
import { withDatabaseOptions, withEventsOption, withStatisticsOption } from '../command.ts';
import { type Cli, type ResultOptions, runDatabaseCommand } from '../database-command.ts';
import type { DatabaseOptions } from '../settings.ts';
import { showStatistics } from '../show-events.ts';

export function addRefresh(cli: Cli): void {
  const { program, io } = cli;
  const command = program
    .command('refresh')
    .description('call the statistics functions, as the hourly job does');
  withEventsOption(withStatisticsOption(withDatabaseOptions(command, io)))
    .addHelpText(
      'after',
      `
Each function runs in its own transaction; one that fails does not stop the others, but
the command then exits with 1. Does nothing while a migration runs or maintenance is on.

Examples:
  registry-jobs refresh
  registry-jobs refresh --env demo --json
  registry-jobs refresh --json-events`,
    )
    .action((options: DatabaseOptions & ResultOptions) =>
      runDatabaseCommand(cli, options, 'refresh-statistics', async ({ settings, progress, showEvent }) => {
        const { refresh } = await import('../../statistics/refresh.ts');
        const onEvent = showEvent ?? showStatistics(progress);
        const report = await cli.stop.inOrder((signal) =>
          refresh(postgresOnly(settings, 'The statistics are tables of Postgres'), { onEvent, signal }),
        );
        return { report, text: renderStatisticsReport(report), exitCode: report.status === 'failed' ? 1 : 0 };
      }),
    );
}

import { refresh } from '../../statistics/refresh.ts';
import { renderStatisticsReport } from '../../statistics/refresh-report.ts';
import { type CommandResult, withDatabaseOptions, withStatisticsOption } from '../command.ts';
import { type Cli, type DatabaseTools, withDatabase } from '../database-command.ts';
import { showEventLines } from '../json-lines.ts';
import { asLastLine, withEventsOption } from '../migration-command.ts';
import type { DatabaseOptions } from '../settings.ts';
import { showStatistics } from '../show-events.ts';

interface RefreshOptions extends DatabaseOptions {
  readonly json: boolean;
  readonly jsonEvents?: boolean;
}

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
    .action(({ jsonEvents = false, ...options }: RefreshOptions) => {
      const work = async ({ settings, progress }: DatabaseTools): Promise<CommandResult> => {
        const onEvent = jsonEvents ? showEventLines(cli) : showStatistics(progress);
        const report = await cli.stop.inOrder((signal) => refresh(settings, { onEvent, signal }));
        const exitCode = report.status === 'failed' ? 1 : 0;
        const result = { report, text: renderStatisticsReport(report), exitCode } as const;
        return jsonEvents ? asLastLine(result) : result;
      };
      const isJson = options.json || jsonEvents;
      return cli.run(jsonEvents ? 'lines' : options.json, () =>
        withDatabase(cli, { ...options, json: isJson }, 'refresh-statistics', work),
      );
    });
}

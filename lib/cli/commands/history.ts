import { Option } from 'commander';
import { DEFAULT_HISTORY, renderHistoryReport } from '../../reports/history.ts';
import { parseCount, withDatabaseOptions } from '../command.ts';
import { type Cli, type ResultOptions, runDatabaseCommand } from '../database-command.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';
import type { DatabaseOptions } from '../settings.ts';

interface HistoryOptions extends DatabaseOptions, ResultOptions, RemoteOptions {
  readonly limit: number;
  readonly before?: string;
}

export function addHistory(cli: Cli): void {
  const { program, io } = cli;
  const command = program
    .command('history')
    .description('show what was attempted, failed attempts too, newest first');
  withRemoteOptions(withDatabaseOptions(command, io))
    .addOption(
      new Option('-n, --limit <number>', 'how many attempts').argParser(parseCount).default(DEFAULT_HISTORY),
    )
    .option('--before <place>', 'go on where the last line of the page before says')
    .addHelpText(
      'after',
      `
Reads the journal alone: no folder of files is needed. Neither writes nor waits.

Examples:
  registry-jobs history
  registry-jobs history --limit 100 --env production
  registry-jobs history --env production --remote --json`,
    )
    .action(async (options: HistoryOptions) => {
      if (options.remote) {
        const { remoteHistory } = await import('../remote/questions.ts');
        return remoteHistory(cli, options);
      }
      return runDatabaseCommand(cli, options, 'migrate', async ({ settings }) => {
        const { history } = await import('../../jobs/history.ts');
        const { limit, before } = options;
        const report = await history(settings, { limit, ...(before !== undefined && { before }) });
        return { report, text: renderHistoryReport(report), exitCode: 0 };
      });
    });
}

import { InvalidArgumentError, Option } from 'commander';
import { status } from '../../jobs/status.ts';
import { renderStatusReport, type StatusReport } from '../../reports/status.ts';
import type { Cli } from '../database-command.ts';
import type { ExitCode } from '../io.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';

interface StatusOptions extends MigrationOptions {
  readonly check: boolean;
  readonly history?: number;
}

const DEFAULT_HISTORY = 20;

export function addStatus(cli: Cli): void {
  migrationCommand(cli, 'status', 'show which migrations are applied and which are pending')
    .alias('info')
    .option('--check', 'exit with 3 when migrations are pending, 1 when up would refuse', false)
    .addOption(
      new Option('--history [number]', 'show the newest attempts as well, failed ones too')
        .argParser(parseNumber)
        .preset(String(DEFAULT_HISTORY)),
    )
    .addHelpText(
      'after',
      `
Neither writes nor waits: it can be run at any time, also while a migration runs.

Examples:
  registry-jobs status
  registry-jobs status --history
  registry-jobs status --env production --json
  registry-jobs status --check && echo "up to date"`,
    )
    .action((options: StatusOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings }) => {
        const { history } = options;
        const report = await status(compiled, settings, history === undefined ? {} : { history });
        return { report, text: renderStatusReport(report), exitCode: options.check ? verdict(report) : 0 };
      }),
    );
}

function verdict({ status: found }: StatusReport): ExitCode {
  return found === 'invalid' ? 1 : found === 'pending' ? 3 : 0;
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('not a whole number from 1');
}

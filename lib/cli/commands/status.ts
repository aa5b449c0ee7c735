import { InvalidArgumentError, Option } from 'commander';
import { renderStatusReport, type StatusReport } from '../../reports/status.ts';
import type { Cli } from '../database-command.ts';
import { comparable, type DeepOptions, lookDeep, withDeepOptions } from '../deep.ts';
import type { ExitCode } from '../io.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';

interface StatusOptions extends MigrationOptions, DeepOptions, RemoteOptions {
  readonly check: boolean;
  readonly history?: number;
}

const DEFAULT_HISTORY = 20;

export function addStatus(cli: Cli): void {
  const command = migrationCommand(cli, 'status', 'show which migrations are applied and which are pending')
    .alias('info')
    .option(
      '--check',
      'exit with 3 when migrations are pending, 1 when up would refuse or --deep found something',
      false,
    );
  withRemoteOptions(withDeepOptions(command))
    .addOption(
      new Option('--history [number]', 'show the newest attempts as well, failed ones too')
        .argParser(parseNumber)
        .preset(String(DEFAULT_HISTORY)),
    )
    .addHelpText(
      'after',
      `
Neither writes nor waits: it can be run at any time, also while a migration runs. With --deep
the files that are applied run on an embedded Postgres, and whatever differs in the catalog is
told as well, as "verify --deep" does.

Examples:
  registry-jobs status
  registry-jobs status --history
  registry-jobs status --env production --json
  registry-jobs status --env production --deep
  registry-jobs status --env production --remote
  registry-jobs status --check && echo "up to date"`,
    )
    .action(async (options: StatusOptions) => {
      if (options.remote) {
        const { remoteStatus } = await import('../remote/questions.ts');
        return remoteStatus(cli, options, options.check ? verdict : () => 0);
      }
      return runMigrationCommand(
        cli,
        options,
        async ({ compiled, settings, progress }) => {
          const wanted = options.history === undefined ? {} : { history: options.history };
          const server = options.deep ? comparable(settings, 'status') : undefined;
          const report = server
            ? await lookDeep(cli, progress, options, async (trial, rest) => {
                const { statusDeep } = await import('../../jobs/status-deep.ts');
                return statusDeep(compiled, server, trial, { ...wanted, ...rest });
              })
            : await (await import('../../jobs/status.ts')).status(compiled, settings, wanted);
          return { report, text: renderStatusReport(report), exitCode: options.check ? verdict(report) : 0 };
        },
        { later: !options.deep },
      );
    });
}

function verdict({ status: found, drift }: StatusReport): ExitCode {
  // What could not be compared is not known to be as it should.
  if (drift && drift.status !== 'none') return 1;
  return found === 'invalid' ? 1 : found === 'pending' ? 3 : 0;
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('not a whole number from 1');
}

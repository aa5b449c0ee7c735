import { Option } from 'commander';
import { renderPlanReport } from '../../reports/plan.ts';
import { parseCount } from '../command.ts';
import type { Cli } from '../database-command.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';

interface PlanOptions extends MigrationOptions, RemoteOptions {
  readonly to?: string;
  readonly steps?: number;
  readonly outOfOrder: boolean;
}

export function addPlan(cli: Cli): void {
  withRemoteOptions(migrationCommand(cli, 'plan', 'show what up would do: files, statements, locks'))
    .option('--to <version>', 'the last version to apply')
    .addOption(new Option('--steps <number>', 'how many to apply at the most').argParser(parseCount))
    .option('--out-of-order', 'allow files that are older than the newest applied one', false)
    .addHelpText(
      'after',
      `
Neither writes nor waits. The hash names exactly this plan: "up --plan HASH" refuses any other.
Locks are what the text of a statement tells; a function that it calls may take more.

Examples:
  registry-jobs plan
  registry-jobs plan --env production --json
  registry-jobs plan --env production --remote`,
    )
    .action(async (options: PlanOptions) => {
      if (options.remote) return (await import('../remote/questions.ts')).remotePlan(cli, options);
      return runMigrationCommand(cli, options, async ({ compiled, settings }) => {
        const { plan } = await import('../../jobs/plan.ts');
        const { to, steps, outOfOrder } = options;
        const report = await plan(compiled, settings, {
          outOfOrder,
          ...(to !== undefined && { to }),
          ...(steps !== undefined && { steps }),
        });
        return { report, text: renderPlanReport(report), exitCode: report.status === 'invalid' ? 1 : 0 };
      });
    });
}

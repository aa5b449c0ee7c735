import { Option } from 'commander';
import { UsageError } from '../../errors/error.ts';
import { renderPlanReport } from '../../reports/plan.ts';
import { parseCount, readDuration } from '../command.ts';
import type { Cli } from '../database-command.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';
import { stops } from './up.ts';

interface PlanOptions extends MigrationOptions, RemoteOptions {
  readonly to?: string;
  readonly steps?: number;
  readonly outOfOrder: boolean;
  readonly detach: boolean;
  readonly within?: number;
}

export function addPlan(cli: Cli): void {
  withRemoteOptions(migrationCommand(cli, 'plan', 'show what up would do: files, statements, locks'))
    .option('--to <version>', 'the last version to apply')
    .addOption(new Option('--steps <number>', 'how many to apply at the most').argParser(parseCount))
    .option('--out-of-order', 'allow files that are older than the newest applied one', false)
    .option('--detach', 'what "up --detach" would do: which files the server would run by itself', false)
    .addOption(
      new Option(
        '--within <duration>',
        'what a run would do that has so much time, such as a deploy: which files it would leave to the server',
      ).argParser(readDuration),
    )
    .addHelpText(
      'after',
      `
Neither writes nor waits. The hash names exactly this plan: "up --plan HASH" refuses any other.
Locks are what the text of a statement tells; a function that it calls may take more.

With --detach, --within or --remote each file says who would run it, and why: the server by
itself, or whoever waits for it. A function that was given no other time has 12min.

Examples:
  registry-jobs plan
  registry-jobs plan --env production --within 12min
  registry-jobs plan --env production --json
  registry-jobs plan --env production --remote`,
    )
    .action(async (options: PlanOptions) => {
      if (options.remote) return (await import('../remote/questions.ts')).remotePlan(cli, options);
      return runMigrationCommand(
        cli,
        options,
        async ({ compiled, settings, isEmbedded }) => {
          const { plan } = await import('../../jobs/plan.ts');
          const { to, steps, outOfOrder, detach, within } = options;
          if (detach && isEmbedded) throw new UsageError(...stops('plan'));
          const report = await plan(compiled, settings, {
            outOfOrder,
            ...(to !== undefined && { to }),
            ...(steps !== undefined && { steps }),
            ...(within !== undefined && { detach: 'when-needed' as const, timeMs: within }),
            ...(detach && { detach: 'always' as const }),
          });
          return {
            report,
            text: renderPlanReport(report, within !== undefined && !detach),
            exitCode: report.status === 'invalid' ? 1 : 0,
          };
        },
        { later: true },
      );
    });
}

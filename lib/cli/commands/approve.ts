import { approvedPlanOf, environmentVariables, parameterPath } from '../../contract.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { type ApproveReport, renderApproveReport } from '../../reports/approve.ts';
import { type PlanReport, renderPlanReport } from '../../reports/plan.ts';
import { count } from '../../text/format.ts';
import { placeOf } from '../../text/place.ts';
import type { CommandResult } from '../command.ts';
import type { Cli } from '../database-command.ts';
import {
  confirm,
  type MigrationOptions,
  migrationCommand,
  runMigrationCommand,
} from '../migration-command.ts';
import type { Progress } from '../progress.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';

interface ApproveOptions extends MigrationOptions, RemoteOptions {
  readonly yes: boolean;
}

export function addApprove(cli: Cli): void {
  withRemoteOptions(migrationCommand(cli, 'approve', 'let a deploy that waits for it run a plan'))
    .argument('<hash>', 'of the plan, as "plan" shows it')
    .option('-y, --yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
For an environment whose deploys wait until somebody has approved what they would run. Shows the
plan, refuses the hash of any other, asks, and writes the hash with your own AWS credentials into
the parameter "approved-plan" below the path of the migrations. Nothing is run.

Examples:
  registry-jobs approve 3112e2c0e232f927 --env production --remote
  registry-jobs approve 3112e2c0e232f927 --env production --yes`,
    )
    .action(async (hash: string, options: ApproveOptions) => {
      if (options.remote) {
        const { runRemote, tellDifference } = await import('../remote/run.ts');
        return runRemote(cli, options, async ({ ask, target, progress }) => {
          const answer = await ask<PlanReport, 'plan'>('plan', {});
          await tellDifference(cli, options, answer);
          const { report, deployed } = answer;
          const path = deployed.parameterPath ?? parameterPath(options.env, 'migrate');
          const where = { path, ...(target.region !== undefined && { region: target.region }) };
          return approve(cli, { hash, isSure: options.yes, report, progress, where, more: { deployed } });
        });
      }
      return runMigrationCommand(cli, options, async ({ compiled, settings, progress }) => {
        const { plan } = await import('../../jobs/plan.ts');
        // As a deploy makes it.
        const report = await plan(compiled, settings, { goOn: true });
        const named = options.parameterPath ?? cli.io.env[environmentVariables.parameterPath];
        const path = named || parameterPath(options.env, 'migrate');
        return approve(cli, { hash, isSure: options.yes, report, progress, where: { path }, more: {} });
      });
    });
}

interface Asked {
  readonly hash: string;
  readonly isSure: boolean;
  readonly report: PlanReport;
  readonly progress: Progress;
  /** The path of the migrations in Parameter Store. */
  readonly where: { readonly path: string; readonly region?: string };
  readonly more: Pick<ApproveReport, 'deployed'>;
}

async function approve(
  cli: Cli,
  { hash, isSure, report, progress, where, more }: Asked,
): Promise<CommandResult> {
  progress.result(renderPlanReport(report));
  assertCurrent(hash, report);
  const files = count(report.tasks.length, 'migration');
  await confirm(cli, isSure, `Plan ${hash} may then be run: ${files} for ${placeOf(report.database)}.`);
  const parameter = approvedPlanOf(where.path.replace(/\/+$/, ''));
  progress.step(`Writing ${parameter}`);
  const { writeApproval } = await import('../../remote/approve.ts');
  await writeApproval(parameter, hash, where.region);
  const done: ApproveReport = {
    command: 'approve',
    status: 'approved',
    hash,
    parameter,
    plan: report,
    ...more,
  };
  return { report: done, text: renderApproveReport(done), exitCode: 0 };
}

/** @throws RegistryJobsError `another-plan`, `nothing-to-approve` */
function assertCurrent(hash: string, { hash: current, tasks, problems }: PlanReport): void {
  const nothing = (message: string) =>
    new RegistryJobsError('nothing-to-approve', message, {
      hint: 'Nothing was approved. See more: registry-jobs status',
    });
  if (problems.length > 0) throw nothing('This plan would not be run, so there is nothing to approve.');
  if (tasks.length === 0) throw nothing('Nothing is pending, so there is nothing to approve.');
  if (hash === current) return;
  throw new RegistryJobsError('another-plan', `The plan is ${current} now, not ${hash.slice(0, 80)}.`, {
    hint: `Nothing was approved. If the plan above is meant: registry-jobs approve ${current}`,
  });
}

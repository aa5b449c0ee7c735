import { type Command, InvalidArgumentError, Option } from 'commander';
import { postgresOnly } from '../../settings/sqlite.ts';
import { renderAuditReport, renderRebuildReport } from '../../statistics/audit-report.ts';
import { parseDuration } from '../../text/duration.ts';
import { withDatabaseOptions } from '../command.ts';
import { type Cli, runDatabaseCommand } from '../database-command.ts';
import type { DatabaseOptions } from '../settings.ts';

interface AuditOptions extends DatabaseOptions {
  readonly json: boolean;
  readonly timeout: number;
}

const STATISTICS = 'The statistics are tables of Postgres';

export function addAudit(cli: Cli): void {
  timedCommand(cli, 'audit', 'compare the statistics with a full recomputation')
    .addHelpText(
      'after',
      `
Reads the tables once, in one snapshot; nobody waits for it. Lists every cell that differs, and
exits with 1 if there is one.

Examples:
  registry-jobs audit
  registry-jobs audit --env production --timeout 2h`,
    )
    .action((options: AuditOptions) =>
      runDatabaseCommand(cli, options, 'refresh-statistics', async ({ settings, progress }) => {
        const server = postgresOnly(settings, STATISTICS);
        const { audit } = await import('../../statistics/audit.ts');
        progress.step('Comparing the statistics with the tables');
        const report = await cli.stop.inOrder((signal) =>
          audit(server, {
            timeoutMs: options.timeout,
            signal,
          }),
        );
        return { report, text: renderAuditReport(report), exitCode: report.status === 'ok' ? 0 : 1 };
      }),
    );
}

export function addRebuild(cli: Cli): void {
  timedCommand(cli, 'rebuild', 'count all statistics anew from the tables')
    .addHelpText(
      'after',
      `
What mends a difference that audit found. Readers and writers go on; months of history that are
written stay as they are.

Examples:
  registry-jobs rebuild`,
    )
    .action((options: AuditOptions) =>
      runDatabaseCommand(cli, options, 'refresh-statistics', async ({ settings, progress }) => {
        const server = postgresOnly(settings, STATISTICS);
        const { rebuild } = await import('../../statistics/audit.ts');
        progress.step('Counting the statistics anew');
        const report = await cli.stop.inOrder((signal) =>
          rebuild(server, {
            timeoutMs: options.timeout,
            signal,
          }),
        );
        return { report, text: renderRebuildReport(report), exitCode: 0 };
      }),
    );
}

function timedCommand({ program, io }: Cli, name: string, description: string): Command {
  return withDatabaseOptions(program.command(name).description(description), io).addOption(
    new Option('--timeout <duration>', 'the longest that it may take')
      .argParser(toMilliseconds)
      .default(3_600_000, '1h'),
  );
}

function toMilliseconds(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

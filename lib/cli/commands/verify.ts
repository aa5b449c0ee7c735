import { verify } from '../../jobs/verify.ts';
import { renderVerifyReport } from '../../reports/verify.ts';
import type { Cli } from '../database-command.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';

export function addVerify(cli: Cli): void {
  migrationCommand(cli, 'verify', 'compare files, ledger and indexes, and say what should not be')
    .addHelpText(
      'after',
      `
Finds edited and missing files, work that stopped half way, and invalid indexes. It does not
compare the tables themselves. Writes nothing. Exits with 1 when something was found.

Examples:
  registry-jobs verify --env production`,
    )
    .action((options: MigrationOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings }) => {
        const report = await verify(compiled, settings);
        return { report, text: renderVerifyReport(report), exitCode: report.status === 'ok' ? 0 : 1 };
      }),
    );
}

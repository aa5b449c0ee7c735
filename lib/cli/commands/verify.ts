import { renderVerifyReport } from '../../reports/verify.ts';
import type { Cli } from '../database-command.ts';
import { comparable, type DeepOptions, lookDeep, withDeepOptions } from '../deep.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import { type RemoteOptions, withRemoteOptions } from '../remote/target.ts';

type VerifyOptions = MigrationOptions & DeepOptions & RemoteOptions;

export function addVerify(cli: Cli): void {
  withRemoteOptions(
    withDeepOptions(
      migrationCommand(cli, 'verify', 'compare files, ledger and indexes, and say what should not be'),
    ),
  )
    .addHelpText(
      'after',
      `
Finds edited and missing files, work that stopped half way, and invalid indexes. It does not
compare the tables themselves, unless --deep asks for it: then the files that are applied run on
an embedded Postgres, and whatever differs in the catalog is told. Writes nothing, and nobody
waits for it. Exits with 1 when something was found.

Examples:
  registry-jobs verify --env production
  registry-jobs verify --env production --deep
  registry-jobs verify --env production --remote`,
    )
    .action(async (options: VerifyOptions) => {
      if (options.remote) {
        const { remoteVerify } = await import('../remote/questions.ts');
        return remoteVerify(cli, options);
      }
      return runMigrationCommand(cli, options, async ({ compiled, settings, progress }) => {
        const server = options.deep ? comparable(settings, 'verify') : undefined;
        const report = server
          ? await lookDeep(cli, progress, options, async (trial, rest) => {
              const { verifyDeep } = await import('../../jobs/verify-deep.ts');
              return verifyDeep(compiled, server, trial, rest);
            })
          : await (await import('../../jobs/verify.ts')).verify(compiled, settings);
        return { report, text: renderVerifyReport(report), exitCode: report.status === 'ok' ? 0 : 1 };
      });
    });
}

import type { DriftOptions } from '../../jobs/drift.ts';
import { verify } from '../../jobs/verify.ts';
import { renderVerifyReport } from '../../reports/verify.ts';
import { postgresOnly } from '../../settings/sqlite.ts';
import type { Cli } from '../database-command.ts';
import { type MigrationOptions, migrationCommand, runMigrationCommand } from '../migration-command.ts';
import { withThrowAwayServer } from '../throw-away.ts';

interface VerifyOptions extends MigrationOptions {
  readonly deep: boolean;
  readonly owner: boolean;
  readonly privileges: boolean;
}

const WITHOUT_DEEP = 'Compare what it can: registry-jobs verify';

export function addVerify(cli: Cli): void {
  migrationCommand(cli, 'verify', 'compare files, ledger and indexes, and say what should not be')
    .option('--deep', 'compare the whole catalog with what the files make, on a throw-away Postgres', false)
    .option('--no-owner', 'with --deep: do not compare whose everything is')
    .option('--no-privileges', 'with --deep: do not compare who may do what')
    .addHelpText(
      'after',
      `
Finds edited and missing files, work that stopped half way, and invalid indexes. It does not
compare the tables themselves, unless --deep asks for it: then the files that are applied run on
an embedded Postgres, and whatever differs in the catalog is told. Writes nothing, and nobody
waits for it. Exits with 1 when something was found.

Examples:
  registry-jobs verify --env production
  registry-jobs verify --env production --deep`,
    )
    .action((options: VerifyOptions) =>
      runMigrationCommand(cli, options, async ({ compiled, settings, progress }) => {
        const { deep, owner, privileges } = options;
        const look = async (rest: DriftOptions) => {
          const server = postgresOnly(settings, 'Catalogs of Postgres are compared', WITHOUT_DEEP);
          progress.step('Starting a Postgres');
          const { verifyDeep } = await import('../../jobs/verify-deep.ts');
          return withThrowAwayServer((trial) => {
            progress.step('Comparing');
            return verifyDeep(compiled, server, trial, rest);
          });
        };
        const report = deep
          ? await cli.stop.inOrder((signal) => look({ owner, privileges, signal }))
          : await verify(compiled, settings);
        return { report, text: renderVerifyReport(report), exitCode: report.status === 'ok' ? 0 : 1 };
      }),
    );
}

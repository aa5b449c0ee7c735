import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../../database-command.ts';
import { placeNamed } from './place.ts';

interface MigrateOptions {
  readonly to?: number;
  readonly json: boolean;
}

export function addOperatorsMigrate({ io, run }: Cli, group: Command): void {
  group
    .command('migrate')
    .argument('<file>', 'the SQLite file of an operator registry')
    .description('bring it to the newest version of its schema, or to another one')
    .option('--to <version>', 'the version to come to, upwards or downwards', parseVersion)
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
Takes a file of any age: one whose version its own tools have written down, one of golang-migrate,
and one without a ledger, whose tables tell. The steps are the SQL pairs of this package, all in
one transaction, and nothing is lost on the way: what an older version cannot hold waits in tables
registry_jobs_kept_... for the way up. The tools of that version can read the file.

Examples:
  registry-jobs operators migrate index.db
  registry-jobs operators migrate index.db --to 7`,
    )
    .action((file: string, { to, json }: MigrateOptions) =>
      run(json, async () => {
        const { migrateOperators } = await import('../../../operators/migrate.ts');
        const { renderOperatorsMigrateReport } = await import('../../../reports/operators-migrate.ts');
        const report = await migrateOperators(placeNamed(io, file), {
          shownAs: file,
          ...(to !== undefined && { to }),
        });
        return { report, text: renderOperatorsMigrateReport(report), exitCode: 0 };
      }),
    );
}

function parseVersion(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number, such as 13.');
  return Number(text);
}

import { withDatabaseOptions, withStatisticsOption } from '../command.ts';
import type { Cli } from '../database-command.ts';
import { withFilesOptions } from '../migration-command.ts';
import { FIXTURES, type ResetOptions } from '../reset-options.ts';

export function addReset(cli: Cli): void {
  const { program, io, run } = cli;
  const command = program.command('reset').description('empty a local database and fill it with fixtures');
  withStatisticsOption(withFilesOptions(withDatabaseOptions(command, io)))
    .option('-f, --fixtures <folder>', `the folder of CSV files (default: ${FIXTURES}, where there is one)`)
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
Drops everything, loads the initial schema, applies the migrations, loads the fixtures and calls
the statistics functions that the database has. A fixture is table.csv, loaded in the order of the
foreign keys, or NN_table.csv, loaded in the order of its number. Refuses unless the settings come from a .env file, the host is this machine, and the name
of the database ends in _development, _test or _integration.

Examples:
  registry-jobs reset
  registry-jobs reset --env test --yes
  registry-jobs reset --initial-schema db/schema.sql --fixtures db/fixtures`,
    )
    .action((options: ResetOptions) =>
      run(options.json, async () => (await import('../reset.ts')).reset(cli, options)),
    );
}

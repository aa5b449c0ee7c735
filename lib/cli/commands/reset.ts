import path from 'node:path';
import { UsageError } from '../../errors/error.ts';
import { compileFolder } from '../../jobs/compile.ts';
import { up } from '../../jobs/up.ts';
import { withConnection } from '../../postgres/session/connection.ts';
import { type LoadedFixture, loadFixtures, readFixtures } from '../../registry/fixtures/load.ts';
import { dropEverything } from '../../registry/reset/drop.ts';
import { assertDisposable } from '../../registry/reset/guard.ts';
import { renderMigrationReport } from '../../reports/migration.ts';
import type { Settings } from '../../settings/settings.ts';
import { refresh } from '../../statistics/refresh.ts';
import { renderStatisticsReport } from '../../statistics/refresh-report.ts';
import { count } from '../../text/format.ts';
import { exactPlaceOf } from '../../text/place.ts';
import {
  type CommandResult,
  withDatabaseOptions,
  withMigrationsOption,
  withStatisticsOption,
} from '../command.ts';
import { type Cli, withDatabase } from '../database-command.ts';
import type { Io } from '../io.ts';
import { type Progress, showMigrations, showStatistics } from '../progress.ts';
import type { DatabaseOptions } from '../settings.ts';

interface ResetOptions extends DatabaseOptions {
  readonly migrations: string;
  readonly fixtures: string;
  readonly json: boolean;
  readonly yes: boolean;
}

export function addReset(cli: Cli): void {
  const { program, io, run } = cli;
  const command = program.command('reset').description('empty a local database and fill it with fixtures');
  withStatisticsOption(withMigrationsOption(withDatabaseOptions(command, io)))
    .option('-f, --fixtures <folder>', 'the folder of CSV files', 'test/fixtures')
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
Drops everything, applies the migrations, loads the fixtures and refreshes the statistics.
Refuses unless the settings come from a .env file, the host is this machine, and the name
of the database ends in _development, _test or _integration.

Examples:
  registry-jobs reset
  registry-jobs reset --env test --yes`,
    )
    .action((options: ResetOptions) => run(options.json, () => reset(cli, options)));
}

async function reset(cli: Cli, options: ResetOptions): Promise<CommandResult> {
  const { io } = cli;
  const compiled = await compileFolder(path.resolve(io.folder, options.migrations), options.migrations);
  return withDatabase(cli, options, 'migrate', async ({ settings, source, progress }) => {
    assertDisposable(settings.database, source);
    const csv = await readFixtures(path.resolve(io.folder, options.fixtures));
    if (!options.yes) await confirm(settings, io);
    const dropped = await drop(settings, progress);
    const migrations = await up(compiled, settings, { onEvent: showMigrations(progress) });
    if (migrations.status === 'failed') {
      const report = { command: 'reset', dropped, migrations };
      return { report, text: renderMigrationReport(migrations), exitCode: 1 };
    }
    const fixtures = await load(settings, csv, progress);
    const statistics = await refresh(settings, { onEvent: showStatistics(progress) });
    const rows = fixtures.reduce((sum, table) => sum + table.rows, 0);
    return {
      report: { command: 'reset', dropped, migrations, fixtures, statistics },
      text: [
        renderMigrationReport(migrations),
        `Loaded ${count(rows, 'row')} of fixtures into ${count(fixtures.length, 'table')}.`,
        renderStatisticsReport(statistics),
      ].join('\n'),
      exitCode: statistics.status === 'failed' ? 1 : 0,
    };
  });
}

async function confirm({ database }: Settings, io: Io): Promise<void> {
  const place = exactPlaceOf({ ...database, name: database.database });
  if (!io.isTerminal) {
    throw new UsageError('not-confirmed', `Everything in ${place} would be destroyed.`, {
      hint: 'Say --yes if you mean it.',
    });
  }
  const answer = await io.ask(
    `Everything in ${place} will be destroyed. Type the name of the database to go on: `,
  );
  if (answer.trim() === database.database) return;
  throw new UsageError('not-confirmed', 'That is not its name; nothing was done.');
}

function drop(settings: Settings, progress: Progress): Promise<string[]> {
  progress.step('Dropping everything');
  return withConnection(
    settings.database,
    { purpose: 'registry-jobs reset', giveUpAt: Number.POSITIVE_INFINITY },
    (connection) => dropEverything(connection, settings.database.database, settings.ledger),
  );
}

function load(
  settings: Settings,
  fixtures: readonly LoadedFixture[],
  progress: Progress,
): Promise<{ table: string; rows: number }[]> {
  progress.step('Loading fixtures');
  return withConnection(
    settings.database,
    { purpose: 'registry-jobs reset', giveUpAt: Number.POSITIVE_INFINITY },
    (connection) => loadFixtures(connection, fixtures),
  );
}

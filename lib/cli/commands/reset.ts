import path from 'node:path';
import { RegistryJobsError, UsageError } from '../../errors/error.ts';
import { compileFolder } from '../../jobs/compile.ts';
import { up } from '../../jobs/up.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { withConnection } from '../../postgres/session/connection.ts';
import { type LoadedFixture, loadFixtures, readFixtures } from '../../registry/fixtures/load.ts';
import { dropEverything } from '../../registry/reset/drop.ts';
import { assertDisposable } from '../../registry/reset/guard.ts';
import { renderMigrationReport } from '../../reports/migration.ts';
import type { Settings } from '../../settings/settings.ts';
import { refresh } from '../../statistics/refresh.ts';
import { renderStatisticsReport } from '../../statistics/refresh-report.ts';
import { count } from '../../text/format.ts';
import { type CommandResult, withDatabaseOptions, withMigrationsOption } from '../command.ts';
import { type Cli, withDatabase } from '../database-command.ts';
import type { Io } from '../io.ts';
import type { Progress } from '../progress.ts';
import type { DatabaseOptions } from '../settings.ts';
import { showMigrations, showStatistics } from '../show-events.ts';

interface ResetOptions extends DatabaseOptions {
  readonly migrations: string;
  readonly fixtures: string;
  readonly json: boolean;
  readonly yes: boolean;
}

export function addReset(cli: Cli): void {
  const { program, io, run } = cli;
  const command = program.command('reset').description('empty a local database and fill it with fixtures');
  withMigrationsOption(withDatabaseOptions(command, io))
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
    return cli.stop.inOrder((signal) => refill({ settings, progress, signal }, compiled, csv));
  });
}

interface Tools {
  readonly settings: Settings;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const GONE = 'What was in the database before was dropped.';
const AGAIN = 'Start over: registry-jobs reset';

async function refill(
  tools: Tools,
  compiled: CompiledMigrations,
  csv: readonly LoadedFixture[],
): Promise<CommandResult> {
  const { settings, progress, signal } = tools;
  const dropped = await drop(tools);
  const fill = async (): Promise<CommandResult> => {
    const migrations = await up(compiled, settings, { onEvent: showMigrations(progress), signal });
    if (migrations.status === 'failed') {
      const report = { command: 'reset', dropped, migrations };
      const text = [renderMigrationReport(migrations, true), `${GONE} ${AGAIN}`].join('\n');
      return { report, text, exitCode: 1 };
    }
    const fixtures = await load(tools, csv);
    const statistics = await refresh(settings, { onEvent: showStatistics(progress), signal });
    const rows = fixtures.reduce((sum, table) => sum + table.rows, 0);
    return {
      report: { command: 'reset', dropped, migrations, fixtures, statistics },
      text: [
        renderMigrationReport(migrations, true),
        `Loaded ${count(rows, 'row')} of fixtures into ${count(fixtures.length, 'table')}.`,
        renderStatisticsReport(statistics),
      ].join('\n'),
      exitCode: statistics.status === 'failed' ? 1 : 0,
    };
  };
  return fill().catch((error: unknown) => {
    if (!(error instanceof RegistryJobsError) || error.code !== 'stopped') throw error;
    throw new RegistryJobsError('stopped', `${error.message} ${GONE}`, {
      hint: AGAIN,
      cause: error,
    });
  });
}

async function confirm({ database }: Settings, io: Io): Promise<void> {
  const place = `${database.database} on ${database.host}:${database.port}`;
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

function drop({ settings, progress, signal }: Tools): Promise<string[]> {
  progress.step('Dropping everything');
  return withConnection(
    settings.database,
    { purpose: 'registry-jobs reset', giveUpAt: Number.POSITIVE_INFINITY, signal },
    (connection) => dropEverything(connection, settings.database.database, settings.ledger, signal),
  );
}

function load(
  { settings, progress, signal }: Tools,
  fixtures: readonly LoadedFixture[],
): Promise<{ table: string; rows: number }[]> {
  progress.step('Loading fixtures');
  return withConnection(
    settings.database,
    { purpose: 'registry-jobs reset', giveUpAt: Number.POSITIVE_INFINITY, signal },
    (connection) => loadFixtures(connection, fixtures, signal),
  );
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RunOptions } from '../engine/run.ts';
import { RegistryJobsError, UsageError } from '../errors/error.ts';
import { up } from '../jobs/up.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { quoteQualified } from '../postgres/identifiers.ts';
import { withConnection } from '../postgres/session/connection.ts';
import { quickly } from '../postgres/session/session-options.ts';
import { type LoadedFixture, loadFixtures, readFixtures } from '../registry/fixtures/load.ts';
import { dropEverything } from '../registry/reset/drop.ts';
import { assertDisposable } from '../registry/reset/guard.ts';
import { renderMigrationReport } from '../reports/migration.ts';
import { placeOfSettings } from '../settings/place.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import { refresh } from '../statistics/refresh.ts';
import { renderStatisticsReport } from '../statistics/refresh-report.ts';
import { count, listed } from '../text/format.ts';
import type { CommandResult } from './command.ts';
import { type Cli, withDatabase } from './database-command.ts';
import type { Io } from './io.ts';
import { compileFiles } from './migration-command.ts';
import type { Progress } from './progress.ts';
import { FIXTURES, type ResetOptions } from './reset-options.ts';
import { showMigrations, showStatistics } from './show-events.ts';

/** Empties a local database, makes its schema and fills it: see the help of `reset`. */
export async function reset(cli: Cli, options: ResetOptions): Promise<CommandResult> {
  const { io } = cli;
  const compiled = await compileFiles(cli, options);
  return withDatabase(cli, options, 'migrate', async ({ settings: any, source, progress }) => {
    const settings = postgresOnly(any, 'The tables of this registry are of Postgres');
    assertDisposable(settings.database, source);
    const csv = await findFixtures(io, options.fixtures);
    if (!options.yes) await confirm(settings, cli);
    const runner = { who: io.who, toolVersion: cli.version };
    return cli.stop.inOrder((signal) => refill({ settings, progress, signal, runner }, compiled, csv));
  });
}

interface Tools {
  readonly settings: PostgresSettings;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly runner: Pick<RunOptions, 'who' | 'toolVersion'>;
}

const GONE = 'What was in the database before was dropped.';
const AGAIN = 'Start over: registry-jobs reset';

async function refill(
  tools: Tools,
  compiled: CompiledMigrations,
  csv: readonly LoadedFixture[],
): Promise<CommandResult> {
  const { settings, progress, signal, runner } = tools;
  const dropped = await drop(tools);
  const fill = async (): Promise<CommandResult> => {
    const migrations = await up(compiled, settings, { ...runner, onEvent: showMigrations(progress), signal });
    if (migrations.status === 'failed') {
      const report = { command: 'reset', dropped, migrations };
      const text = [renderMigrationReport(migrations, true), `${GONE} ${AGAIN}`].join('\n');
      return { report, text, exitCode: 1 };
    }
    const fixtures = await load(tools, csv);
    const names = await functionsThere(settings);
    const statistics =
      names.length > 0
        ? await refresh(
            { ...settings, statistics: { ...settings.statistics, functions: names } },
            { onEvent: showStatistics(progress), signal },
          )
        : undefined;
    const rows = fixtures.reduce((sum, table) => sum + table.rows, 0);
    return {
      report: { command: 'reset', dropped, migrations, fixtures, ...(statistics && { statistics }) },
      text: [
        renderMigrationReport(migrations, true),
        `Loaded ${count(rows, 'row')} of fixtures into ${count(fixtures.length, 'table')}.`,
        statistics
          ? renderStatisticsReport(statistics)
          : `No statistics were refreshed: the database has none of ${listed(settings.statistics.functions)}.`,
      ].join('\n'),
      exitCode: statistics?.status === 'failed' ? 1 : 0,
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

/** The default folder need not be there; one that is named must. */
async function findFixtures(io: Io, folder: string | undefined): Promise<LoadedFixture[]> {
  if (folder !== undefined) return readFixtures(path.resolve(io.folder, folder));
  const usual = path.resolve(io.folder, FIXTURES);
  return existsSync(usual) ? readFixtures(usual) : [];
}

/** Those of the statistics functions that the migrations have made: another schema has none. */
function functionsThere({ database, statistics }: PostgresSettings): Promise<string[]> {
  return withConnection(database, quickly('registry-jobs reset'), async (connection) => {
    const { functions } = statistics;
    const sql = 'SELECT pg_catalog.to_regproc(name) IS NOT NULL AS is_there FROM unnest($1::text[]) name';
    const { rows } = await connection.send(sql, { values: [functions.map(quoteQualified)] });
    return functions.filter((_, index) => rows[index]?.is_there === true);
  });
}

async function confirm({ database }: PostgresSettings, { io, asCalled }: Cli): Promise<void> {
  const place = placeOfSettings(database);
  if (!io.isTerminal) {
    throw new UsageError('not-confirmed', `Everything in ${place} would be destroyed.`, {
      hint: `Nothing was done. If it is meant: ${asCalled()} --yes`,
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

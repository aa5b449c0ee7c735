import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { compileFolder } from '../jobs/compile.ts';
import { up } from '../jobs/up.ts';
import { withConnection } from '../postgres/session/connection.ts';
import { quickly } from '../postgres/session/session-options.ts';
import { loadFixtures, readFixtures } from '../registry/fixtures/load.ts';
import { seed } from '../registry/seed/run.ts';
import { renderMigrationReport } from '../reports/migration.ts';
import { readDatabaseUrl } from '../settings/environment.ts';
import { parseSettings } from '../settings/parse.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import { refresh } from '../statistics/refresh.ts';
import { renderStatisticsReport } from '../statistics/refresh-report.ts';
import { count, formatDuration, formatTable } from '../text/format.ts';
import { writeReport } from './commands/report.ts';
import type { Io } from './io.ts';
import { paint } from './paint.ts';

const DATABASE = 'registry_development';
const FILES = 3_000;
const SHOWN_ROWS = 15;

/** A Postgres that the demo may fill. */
export interface DemoServer {
  connectionString(database: string): string;
  createDatabase(name: string): Promise<void>;
}

/** Where the demo's files are. */
export interface DemoFolders {
  /** The project itself. */
  readonly root: string;
  /** Where the page goes, in a folder of its own. */
  readonly temporary: string;
}

/** Shows what the jobs do, on a real Postgres that holds nothing yet. Returns the connection string. */
export async function runDemo(server: DemoServer, { root, temporary }: DemoFolders, io: Io): Promise<string> {
  const say = (text: string) => io.out(`${paint(text, io.hasColor)}\n`);
  const title = (text: string) => say(`\n== ${text}`);
  await server.createDatabase(DATABASE);
  const url = server.connectionString(DATABASE);
  const settings = parseSettings(readDatabaseUrl(url, 'the demo'), {
    environment: 'development',
    nameOf: (key) => key,
    certificates: () => [],
    readFile: () => '',
    createToken: async () => '',
  });

  title('Migrations: plain SQL files, one transaction and one network flight each');
  const compiled = await compileFolder(path.join(root, 'migrations'), 'migrations');
  const first = await up(compiled, settings);
  say(renderMigrationReport(first));
  if (first.status === 'failed') throw new Error('The demo failed; the lines above say where.');

  title(`Data: fixtures, and ${FILES} generated files`);
  const fixtures = await readFixtures(path.join(root, 'test', 'fixtures'));
  await withConnection(settings.database, quickly('registry-jobs demo'), async (connection) => {
    const tables = await loadFixtures(connection, fixtures);
    const began = performance.now();
    await seed(connection, FILES, () => {});
    say(
      `${count(tables.length, 'table')} filled; seeding took ${formatDuration(performance.now() - began)}.`,
    );
  });

  title('Statistics: what the hourly job calls');
  const refreshed = await refresh(settings);
  say(renderStatisticsReport(refreshed));
  if (refreshed.status === 'failed') throw new Error('The demo failed; the lines above say where.');
  title('current_deposit_stats, largest institutions first');
  say(await depositTable(settings));

  title('The same again: nothing to do');
  say(renderMigrationReport(await up(compiled, settings)));
  say(renderStatisticsReport(await refresh(settings)));

  title('The same as a page, and over time: open it in a browser');
  const folder = await mkdtemp(path.join(temporary, 'registry-jobs-'));
  say(await writeReport(settings, path.join(folder, 'report.html')));
  return url;
}

const DEPOSITS = `SELECT institution_name, storage_option, file_count, object_count,
    round(total_gb, 2)::text AS gb, round(monthly_cost, 2)::text AS cost
  FROM current_deposit_stats WHERE storage_option = 'Total' OR institution_name = 'All Institutions'
  ORDER BY (institution_name = 'All Institutions') DESC, (storage_option = 'Total') DESC, total_bytes DESC`;

async function depositTable(settings: PostgresSettings): Promise<string> {
  const rows = await withConnection(settings.database, quickly('registry-jobs demo'), async (connection) => {
    return (await connection.send(DEPOSITS)).rows;
  });
  const cells = rows
    .slice(0, SHOWN_ROWS)
    .map((row) =>
      ['institution_name', 'storage_option', 'file_count', 'object_count', 'gb', 'cost'].map((name) =>
        String(row[name] ?? ''),
      ),
    );
  const table = formatTable(
    [['institution', 'storage', 'files', 'objects', 'GB', 'USD per month'], ...cells],
    new Set([2, 3, 4, 5]),
  );
  return rows.length > SHOWN_ROWS ? `${table}\n... and ${rows.length - SHOWN_ROWS} more rows` : table;
}

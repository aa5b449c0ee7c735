import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { runner } from 'node-pg-migrate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { importCases } from '../support/import-folders.ts';

/** The tools themselves, where npm has them: what the other tests say of their ledgers is what they write. */
const tools: Readonly<Record<string, (folder: string, url: string) => Promise<unknown>>> = {
  dbmate: (folder, url) => {
    const home = path.dirname(createRequire(import.meta.url).resolve('dbmate/package.json'));
    const program = path.join(home, '..', '@dbmate', `${process.platform}-${process.arch}`, 'bin/dbmate');
    const args = ['--url', `${url}?sslmode=disable`, '--migrations-dir', folder, '--no-dump-schema', 'up'];
    return promisify(execFile)(program, args);
  },
  'node-pg-migrate': (folder, url) =>
    runner({
      databaseUrl: url,
      dir: folder,
      direction: 'up',
      migrationsTable: 'pgmigrations',
      singleTransaction: false,
      log: () => {},
    }),
};

let used: TestDatabase;
let empty: TestDatabase;
beforeEach(async () => {
  [used, empty] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});
afterEach(() => Promise.all([used.drop(), empty.drop()]));

test.each(Object.entries(tools))('what %s itself has run is taken over', async (tool, run) => {
  const { files = {}, own = '', versions = [] } = importCases.find((one) => one.tool === tool) ?? {};
  const folder = createProject({});
  writeFiles(path.join(folder, 'old'), files);
  await run(path.join(folder, 'old'), used.url);
  const cli = async (database: TestDatabase, ...args: string[]) =>
    JSON.parse((await cliInProcess([...args, '--json', '--database-url', database.url], { folder })).stdout);
  expect(await cli(used, 'import', 'old', 'new', '--yes')).toMatchObject({ status: 'written', tool });
  expect(await cli(used, 'up', '-m', 'new')).toMatchObject({ status: 'nothing-to-do' });
  expect(await cli(empty, 'up', '-m', 'new')).toMatchObject({ status: 'applied' });
  await used.query(own);
  const catalogs = await Promise.all(
    [used, empty].map(async (database) => catalogOf(await database.connect(), { identities: false })),
  );
  expect(catalogs[1]).toEqual(catalogs[0]);
  const rows = await used.query('select version from schema_migrations order by version');
  expect(rows.map(({ version }) => version)).toEqual([...versions].sort());
});

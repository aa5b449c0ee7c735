import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ImportCase, importCases } from '../support/import-folders.ts';

describe.each(importCases)('a folder of $tool', ({ tool, files, runs, ledger, own, versions, steps }) => {
  let used: TestDatabase;
  let empty: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    [used, empty] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    folder = createProject({});
    writeFiles(path.join(folder, 'old'), files);
    for (const sql of runs) await used.query(sql);
    await used.query('set search_path to default');
    await used.query(ledger);
  });
  afterAll(() => Promise.all([used.drop(), empty.drop()]));

  const run = async (database: TestDatabase, ...args: string[]) => {
    const { code, stdout, stderr } = await cliInProcess([...args, '--json', '--database-url', database.url], {
      folder,
    });
    return { code, stderr, ...JSON.parse(stdout) };
  };
  const up = (database: TestDatabase) => run(database, 'up', '--migrations', 'new');

  test('is recognised, and its ledger taken over: up has nothing to do', async () => {
    const planned = await run(used, 'import', 'old', 'new');
    expect(planned).toMatchObject({ code: 0, tool, status: 'planned', refused: [] });
    const written = await run(used, 'import', 'old', 'new', '--yes');
    expect(written).toMatchObject({ code: 0, status: 'written', written: planned.written });
    expect(await run(used, 'import', 'old', 'new', '--yes')).toMatchObject({
      code: 0,
      status: 'nothing-to-do',
      written: [],
    });
    expect(await up(used)).toMatchObject({ code: 0, status: 'nothing-to-do' });
    const rows = await used.query('select version from schema_migrations order by version collate "C"');
    expect(rows.map(({ version }) => version)).toEqual(versions);
    expect(await run(used, 'verify', '--migrations', 'new')).toMatchObject({ code: 0, status: 'ok' });
  });

  test('comes to the same as what the tool did, there and back and there again', async () => {
    await used.query(own);
    const expected = await catalogOf(await used.connect(), { identities: false });
    expect(await up(empty)).toMatchObject({ code: 0, status: 'applied' });
    const client = await empty.connect();
    expect(await catalogOf(client, { identities: false })).toEqual(expected);
    if (steps === 0) return;
    const back = await run(empty, 'down', '--migrations', 'new', '--steps', String(steps), '--yes');
    expect(back).toMatchObject({ code: 0, status: 'applied' });
    const rest = await empty.query(`select relname from pg_class where relnamespace = 'public'::regnamespace
      and relname !~ '^schema_migrations'`);
    expect(rest).toEqual([]);
    expect(await up(empty)).toMatchObject({ code: 0, applied: Array.from({ length: steps }, () => ({})) });
    expect(await catalogOf(client, { identities: false })).toEqual(expected);
  });
});

test('each tool that is known is tried', async () => {
  const { tools } = await import('../../lib/import/tools.ts');
  expect(importCases.map(({ tool }: ImportCase) => tool)).toEqual(tools.map(({ name }) => name));
});

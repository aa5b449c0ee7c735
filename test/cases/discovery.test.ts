import { symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { engineCase, expectRefusal, fileCase, ledgerOf, tablesOf } from '../support/cases.ts';
import { writeFiles } from '../support/cli.ts';
import { compile } from '../support/migrations.ts';

fileCase('D1', (bench) =>
  expectRefusal(
    bench,
    { '1_a.sql': 'select 1', '001_b.sql': 'select 1' },
    {
      code: 'duplicate-version',
      message: 'migrations/001_b.sql and migrations/1_a.sql have the same version, 1.',
      hint: 'Give one of them the next free number.',
    },
  ),
);

fileCase('D2', (bench) =>
  expectRefusal(
    bench,
    { '7_a.sql': 'select 1', '7_b.up.sql': 'select 1' },
    {
      code: 'duplicate-version',
      message: 'migrations/7_a.sql and migrations/7_b.up.sql have the same version, 7.',
    },
  ),
);

engineCase('D3', async (bench) => {
  bench.write({ '001_deposit_stats.sql': 'select 1' });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['001_deposit_stats']);
});

engineCase('D4', async (bench) => {
  bench.write({ '007_a.up.sql': 'create table a (x int)', '007_a.down.sql': 'drop table a' });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['7']);
  expect(await bench.json('down', '--yes')).toMatchObject({ code: 0, applied: [{ version: '7' }] });
  expect(await ledgerOf(bench)).toEqual([]);
});

engineCase('D5', async (bench) => {
  bench.write({
    '18446744073709551615_a.up.sql': 'create table a as select x from b',
    '18446744073709551615_a.down.sql': 'drop table a',
    '20191021125829_b.up.sql': 'create table b (x int)',
  });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['18446744073709551615', '20191021125829']);
  expect((await bench.run('down', '--yes')).code).toBe(0);
  expect(await tablesOf(bench)).toEqual(['b']);
});

fileCase('D6', (bench) =>
  expectRefusal(
    bench,
    { '18446744073709551616_a.up.sql': 'select 1' },
    {
      code: 'bad-file-name',
      message: 'The version of 18446744073709551616_a.up.sql is larger than 18446744073709551615.',
    },
  ),
);

engineCase('D7', async (bench) => {
  bench.write({
    '10_b.sql': 'select 1',
    '9_a.sql': 'select 1',
    '20191021125829_d.up.sql': 'select 1',
    '201909251211_c.up.sql': 'select 1',
  });
  const { applied } = (await bench.up()) as unknown as { applied: { version: string }[] };
  expect(applied.map(({ version }) => version)).toEqual(['9_a', '10_b', '201909251211', '20191021125829']);
});

fileCase('D8', async (bench) => {
  await expectRefusal(
    bench,
    { '1_a.down.sql': 'select 1' },
    {
      code: 'down-without-up',
      message: 'migrations/1_a.down.sql has no up file.',
      hint: 'Add 1_a.up.sql, or remove the down file.',
    },
  );
  await expectRefusal(
    bench,
    { '1_a.sql': 'select 1' },
    {
      code: 'down-without-up',
      message:
        'migrations/1_a.sql is a plain file, so migrations/1_a.down.sql of the same version has nothing to undo.',
    },
  );
});

engineCase('D9', async (bench) => {
  bench.write({
    '1_a.up.sql': 'create table a (x int)',
    '2_b.up.sql': 'create table b (x int)',
    '2_b.down.sql': 'drop table b',
  });
  await bench.up();
  expect(await bench.json('down', '--steps', '2', '--yes')).toMatchObject({
    code: 1,
    error: { code: 'irreversible', message: 'migrations/1_a.up.sql has no down file.' },
  });
  expect(await tablesOf(bench)).toEqual(['a', 'b']);
});

engineCase('D10', async (bench) => {
  bench.write({ '001_a.sql': 'select 1', '003_c.sql': 'select 1' });
  const { stdout, code } = await bench.run('up');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Warning: Nothing between migrations\/001_a.sql and migrations\/003_c.sql\.$/m);
});

engineCase('D11', async (bench) => {
  bench.write({ '002_b.sql': 'select 1' });
  await bench.up();
  const message = 'migrations/001_a.sql is older than migrations/002_b.sql, which is applied.';
  await expectRefusal(
    bench,
    { '001_a.sql': 'create table a (x int)' },
    { code: 'out-of-order', message, hint: 'Give it the next free number, or allow it with --out-of-order.' },
  );
  expect(await tablesOf(bench)).toEqual([]);
  const report = await bench.up('--out-of-order');
  expect(report.warnings).toEqual([{ code: 'out-of-order', message }]);
  expect(await ledgerOf(bench)).toEqual(['001_a', '002_b']);
});

engineCase('D12', async (bench) => {
  await up(await compile({ '001_old.sql': 'create table a (x int)' }), bench.settings);
  await expectRefusal(
    bench,
    { '002_new.sql': 'create table a (x int)' },
    {
      code: 'renamed',
      message: 'migrations/002_new.sql is what was applied as 001_old.',
      hint: 'If it was renamed on purpose, tell the ledger with: registry-jobs renumber',
    },
  );
  expect(await bench.json('renumber', '--yes')).toMatchObject({
    code: 0,
    status: 'changed',
    changes: [{ version: '001_old', action: 'rename', to: '002_new' }],
  });
  expect(await ledgerOf(bench)).toEqual(['002_new']);
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});

engineCase('D13', async (bench) => {
  bench.write({ '001_a.sql': 'select 1', '2_b.up.sql': 'select 1' });
  await bench.up();
  bench.write({ '001_a.sql': 'select 2', '2_b.up.sql': 'select 2', '3_c.up.sql': 'create table c (x int)' });
  const { code, stderr } = await bench.run('up');
  expect(code).toBe(1);
  expect(stderr).toBe(`error: 2 things keep the migrations from running: [cannot-plan]
- migrations/001_a.sql was changed after it was applied. [edited]
  What to do: Undo the change, and write a new migration for what it was meant to do. Or run it again as it is: registry-jobs up --rerun 001_a
- migrations/2_b.up.sql was changed after it was applied. [edited]
  What to do: Undo the change, and write a new migration for what it was meant to do.
What to do: Settle them all, then run again.
`);
  expect(await tablesOf(bench)).toEqual([]);
});

engineCase('D14', async (bench) => {
  bench.write({ '001_a.sql': 'create table if not exists a (x int)', '2_b.up.sql': 'select 1' });
  await bench.up();
  bench.write({ '001_a.sql': 'create table if not exists a (x int); insert into a values (1)' });
  expect(await bench.up('--rerun', '001_a')).toMatchObject({ applied: [{ version: '001_a' }] });
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }]);
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.json('up', '--rerun', '2')).toMatchObject({
    code: 1,
    error: { code: 'cannot-rerun', message: 'migrations/2_b.up.sql is not a plain file.' },
  });
});

engineCase('D15', async (bench) => {
  await up(await compile({ '001_a.sql': 'select 1' }), bench.settings);
  await expectRefusal(
    bench,
    { '002_b.sql': 'create table b (x int)' },
    { code: 'missing-file', message: 'Version 001_a is applied but has no file.' },
  );
  expect(await tablesOf(bench)).toEqual([]);
});

engineCase('D16', async ({ settings }) => {
  await up(await compile({ '001_a.sql': 'select 1', '002_b.sql': 'select 1' }), settings);
  const older = await compile({ '001_a.sql': 'select 1' });
  expect(await up(older, settings, { missingFiles: 'warn' })).toMatchObject({
    status: 'nothing-to-do',
    warnings: [{ code: 'missing-file', message: 'Version 002_b is applied but has no file.' }],
  });
});

fileCase('D17', async (bench) => {
  const names = ['a.sql', '1-a.sql', '1_.sql', '1_a.SQL', '1_a.sql.bak', 'x_1.up.sql', '-1_a.sql', 'R_.sql'];
  bench.write(Object.fromEntries(names.map((name) => [name, 'select 1'])));
  const { code, error } = (await bench.json('up')) as unknown as { code: number; error: { detail: string } };
  expect(code).toBe(1);
  expect(error).toMatchObject({ code: 'invalid-migrations', message: '8 problems in the migrations:' });
  for (const name of names) expect(error.detail).toContain(`- ${name} is not a migration's name`);
});

engineCase('D18', async (bench) => {
  bench.write({
    '.hidden': 'x',
    '.1_b.sql.swp': 'x',
    'README.md': 'x',
    readme: 'x',
    'old/1_b.sql': 'x',
    '1_a.sql': 'select 1',
  });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['1_a']);
});

fileCase('D19', async (bench) => {
  writeFiles(bench.folder, { 'elsewhere.sql': 'select 1' });
  bench.write({ '1_a.sql': 'select 1' });
  const folder = path.join(bench.folder, 'migrations');
  // One that stays inside is fine, so it is not what is refused.
  symlinkSync('1_a.sql', path.join(folder, '2_b.sql'));
  symlinkSync('../elsewhere.sql', path.join(folder, '3_c.sql'));
  const { code, stderr } = await bench.run('up');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: 3_c.sql is a link that leaves .* \[symlink-outside\]\nWhat to do: /);
});

fileCase('D20', async (bench) => {
  bench.write({ '1_a.sql': 'select 1' });
  symlinkSync('gone.sql', path.join(bench.folder, 'migrations/2_b.sql'));
  const { code, stderr } = await bench.run('up');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: 2_b.sql in .* is a link to nothing\. \[symlink-broken\]\nWhat to do: /);
});

fileCase('D21', async (bench) => {
  await mkdir(path.join(bench.folder, 'migrations'));
  const { code, stderr } = await bench.run('up');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /holds no migration\. \[no-migrations\]\nWhat to do: Create one with: registry-jobs new/,
  );
});

fileCase('D22', async (bench) => {
  expect(await bench.json('up', '--migrations', 'nowhere')).toMatchObject({
    code: 2,
    error: {
      code: 'no-migrations-folder',
      hint: 'Name the folder, here or as REGISTRY_JOBS_MIGRATIONS: registry-jobs status --migrations DIR',
    },
  });
});

fileCase('D23', async (bench) => {
  for (const mark of [
    '-- migrate:down',
    '--  migrate:down transaction:false',
    '-- +goose Down',
    '-- Down Migration',
    '---- create above / drop below ----',
  ]) {
    await expectRefusal(
      bench,
      { '1_a.sql': `create table a (x int);\n\n${mark}\ndrop table a;\n` },
      {
        code: 'way-back-inside',
        message: 'Below this line another tool keeps the way back, which would be run as well.',
        at: 'migrations/1_a.sql:3:1',
        hint: 'Split the file into VERSION_title.up.sql and VERSION_title.down.sql, or have the folder written anew: registry-jobs import migrations migrations-new',
      },
    );
  }
});

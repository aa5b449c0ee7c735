import { expect, test } from 'vitest';
import { newestAfter } from '../../lib/sqlite/ledger/change.ts';
import { numberOf, rowsUpTo } from '../../lib/sqlite/ledger/read.ts';
import { createSqliteBench } from '../support/sqlite-bench.ts';

/** As the operator registry has made it since 1.5. */
const ONE_ROW =
  'create table schema_migrations (version bigint not null, timestamp datetime default current_timestamp)';

const PAIRS = Object.fromEntries(
  ['0_init', '1_images', '2_path', '3_apis'].flatMap((name) => {
    const table = name.slice(2);
    return [
      [`${name}.up.sql`, `create table ${table} (x int);`],
      [`${name}.down.sql`, `drop table ${table};`],
    ];
  }),
);

function atVersion(version: number) {
  const bench = createSqliteBench(PAIRS);
  const made = ['init', 'images', 'path', 'apis']
    .slice(0, version + 1)
    .map((name) => `create table ${name} (x int);`);
  bench.query(`${ONE_ROW}; insert into schema_migrations (version) values (${version}); ${made.join(' ')}`);
  const row = () =>
    bench.query(
      'select version, typeof(version) as type, timestamp is not null as timed from schema_migrations',
    );
  return { ...bench, row, is: (at: number) => [{ version: at, type: 'integer', timed: 1 }] };
}

test('the one row of the operator registry says of all versions up to it that they are applied', async () => {
  const { json, row, is } = atVersion(1);
  expect(await json('status')).toMatchObject({
    status: 'pending',
    entries: [
      { version: '0', state: 'applied' },
      { version: '1', state: 'applied' },
      { version: '2', state: 'pending' },
      { version: '3', state: 'pending' },
    ],
  });
  expect(await json('up')).toMatchObject({ code: 0, applied: [{ version: '2' }, { version: '3' }] });
  expect(row()).toEqual(is(3));
  expect(await json('up')).toMatchObject({ status: 'nothing-to-do', alreadyApplied: 4 });
});

test('going down keeps its shape, and to 0 is another thing than undoing all', async () => {
  const { json, run, query, row, is } = atVersion(3);
  expect(await json('down', '--yes')).toMatchObject({ code: 0, applied: [{ version: '3' }] });
  expect(row()).toEqual(is(2));
  expect((await run('down', '--to', '0')).stderr).toContain(
    'This undoes every migration after 0 in ./shop.db',
  );
  expect(await json('down', '--to', '0', '--yes')).toMatchObject({ target: { to: '0' }, applied: [{}, {}] });
  expect(row()).toEqual(is(0));
  expect((await run('down', '--to', 'none')).stderr).toContain('This undoes every migration in ./shop.db');
  expect(await json('down', '--to', 'none', '--yes')).toMatchObject({
    target: { to: 'none', all: true },
    applied: [{ version: '0' }],
  });
  // No row at all is how its tools tell a file to which nothing was applied.
  expect(row()).toEqual([]);
  expect(query("select name from sqlite_master where name = 'init'")).toEqual([]);
  expect(await json('up')).toMatchObject({ code: 0, applied: [{ version: '0' }, {}, {}, {}] });
  expect(row()).toEqual(is(3));
});

test('what was applied by us is known by its text, what was there before is not compared', async () => {
  const { write, json } = atVersion(1);
  await json('up');
  write({ '1_images.up.sql': 'create table other (x int);' });
  expect(await json('verify')).toMatchObject({ status: 'ok', checked: 2, notCompared: 2 });
  write({ '2_path.up.sql': 'create table other (x int);' });
  expect(await json('verify')).toMatchObject({ status: 'problems', problems: [{ code: 'edited' }] });
  expect(await json('status', '--history')).toMatchObject({ history: [{ version: '3' }, { version: '2' }] });
});

test('a person may say how far it is, as far as one row can hold it', async () => {
  const { json, row, is } = atVersion(1);
  expect(await json('force', '3', '--yes')).toMatchObject({
    code: 1,
    error: {
      code: 'ledger-one-row',
      message:
        'The ledger is the one row of the operator registry, at version 1: it cannot hold version 3 apart from those before it.',
    },
  });
  expect(await json('force', '0', '--remove', '--yes')).toMatchObject({ error: { code: 'ledger-one-row' } });
  expect(row()).toEqual(is(1));
  expect(await json('force', '2', '--yes')).toMatchObject({ code: 0, status: 'changed' });
  expect(row()).toEqual(is(2));
  expect(await json('force', '2', '--remove', '--yes')).toMatchObject({ code: 0 });
  expect(row()).toEqual(is(1));
  expect(await json('status')).toMatchObject({ entries: [{}, {}, { version: '2', state: 'pending' }, {}] });
  expect(await json('baseline', '3', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '2' }, { version: '3' }],
  });
  expect(row()).toEqual(is(3));
});

test('a row of a version without a file, two rows, and text in it are told', async () => {
  const newer = atVersion(20);
  expect(await newer.json('up')).toMatchObject({
    status: 'nothing-to-do',
    warnings: [{ code: 'other-tool', message: expect.stringContaining('no file: 20.') }],
  });
  const two = atVersion(1);
  two.query('insert into schema_migrations (version) values (2)');
  expect(await two.json('up')).toMatchObject({
    error: {
      code: 'foreign-ledger',
      message:
        'schema_migrations is not our ledger: it has more than one row, where the operator registry has one.',
    },
  });
  const text = atVersion(1);
  text.query("update schema_migrations set version = 'x'");
  expect(await text.json('status')).toMatchObject({
    error: { message: 'schema_migrations is not our ledger: its version, x, is no integer.' },
  });
});

test('a version that the row cannot hold is refused, and nothing of its file is kept', async () => {
  const { write, json, row, is, query } = atVersion(3);
  write({ '18446744073709551615_last.up.sql': 'create table last (x int);' });
  expect(await json('up')).toMatchObject({ code: 1, failed: { error: { code: 'ledger-one-row' } } });
  expect(row()).toEqual(is(3));
  expect(query("select name from sqlite_master where name = 'last'")).toEqual([]);
});

test('golang-migrate: a clean one is adopted, a dirty one refused with what to do', async () => {
  for (const [dirty, isDirty] of [
    ["'true'", true],
    ["'false'", false],
    ['0', false],
  ] as const) {
    const bench = createSqliteBench(PAIRS);
    bench.query(`create table schema_migrations (version uint64, dirty bool);
      create unique index version_unique on schema_migrations (version);
      insert into schema_migrations values (1, ${dirty})`);
    expect(await bench.json('up')).toMatchObject({ code: 1, error: { code: 'foreign-ledger' } });
    const adopted = await bench.json('adopt', '--yes');
    if (isDirty) {
      expect(adopted).toMatchObject({
        code: 1,
        error: { code: 'dirty', message: expect.stringContaining('version 1 dirty') },
      });
      expect((adopted.error as { hint: string }).hint).toContain('migrate');
      expect(bench.query('select version from schema_migrations')).toEqual([{ version: 1 }]);
      continue;
    }
    expect(adopted).toMatchObject({
      code: 0,
      status: 'changed',
      changes: [{ version: '0' }, { version: '1' }],
    });
    expect(bench.query('select version from schema_migrations_golang_migrate')).toEqual([{ version: 1 }]);
    expect(bench.query('select version from schema_migrations order by 1')).toEqual([
      { version: '0' },
      { version: '1' },
    ]);
    expect(await bench.json('status')).toMatchObject({
      entries: [{ state: 'applied' }, { state: 'applied' }, {}, {}],
    });
  }
});

test('versions are numbers, however large', () => {
  expect(numberOf('18446744073709551615')).toBe(18446744073709551615n);
  expect(numberOf('001_a')).toBe(1n);
  expect(numberOf('R_views')).toBeUndefined();
  expect(rowsUpTo(9n, ['2', '10', '9'], new Map()).map(({ version }) => version)).toEqual(['2', '9']);
  expect(rowsUpTo(undefined, ['0'], new Map())).toEqual([]);
  expect(rowsUpTo(5n, ['4', '6'], new Map())).toEqual([{ version: '4' }, { version: '5' }]);
  expect(rowsUpTo(1n, ['R_v'], new Map([['R_v', { checksum: 'c' }]]))).toEqual([
    { version: 'R_v', checksum: 'c' },
    { version: '1' },
  ]);
});

test('one row is at the newest version, with all before it', () => {
  const ledger = { rows: [{ version: '0' }, { version: '1' }], current: 1n };
  const files = ['0', '1', '2', '3'];
  const record = (version: string) => ({ version, action: 'record' as const });
  const forget = (version: string) => ({ version, action: 'forget' as const });
  expect(newestAfter(ledger, [record('2')], files)).toBe(2n);
  expect(newestAfter(ledger, [record('2'), record('3')], files)).toBe(3n);
  expect(newestAfter(ledger, [forget('1')], files)).toBe(0n);
  expect(newestAfter(ledger, [forget('1'), forget('0')], files)).toBeUndefined();
  for (const change of [record('3'), forget('0')])
    expect(() => newestAfter(ledger, [change], files)).toThrow(
      expect.objectContaining({ code: 'ledger-one-row' }),
    );
});

import { expect } from 'vitest';
import { engineCase, journalOf, ledgerOf, tablesOf } from '../support/cases.ts';

engineCase('C1', async (bench) => {
  bench.write({
    '001_a.sql': bench.dialect.fails,
    '002_b.sql': bench.dialect.fails,
    '3_c.up.sql': 'create table c (x int)',
  });
  expect(await bench.json('baseline', '2', '--yes')).toMatchObject({
    code: 0,
    status: 'changed',
    changes: [
      { version: '001_a', action: 'record' },
      { version: '002_b', action: 'record' },
    ],
  });
  expect(await bench.json('baseline', '2', '--yes')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '3' }], alreadyApplied: 2 });
  expect(await journalOf(bench)).toEqual(['applied 001_a 0/0', 'applied 002_b 0/0', 'applied 3 1/1']);
  expect(await bench.json('baseline', '7', '--yes')).toMatchObject({
    code: 1,
    error: { code: 'unknown-version', message: 'There is no migration 7.' },
  });
});

engineCase('C2', async (bench) => {
  bench.write({ '001_a.sql': bench.dialect.fails });
  expect(await bench.json('force', '1', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '001_a', action: 'record' }],
  });
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.json('force', '001_a', '--remove', '--yes')).toMatchObject({
    code: 0,
    changes: [{ version: '001_a', action: 'forget' }],
  });
  expect(await ledgerOf(bench)).toEqual([]);
  expect((await bench.json('up')).code).toBe(1);
});

engineCase('C3', async (bench) => {
  bench.write({ '1_a.sql': 'create table a (x int); insert into a values (1), (1)' });
  await bench.up();
  expect(await bench.run('verify')).toMatchObject({
    code: 0,
    stdout: `${bench.database.name} on 127.0.0.1 as postgres: 1 applied file matches the ledger; no invalid index, no partition half detached. The tables themselves were not compared.\n`,
  });
  await bench.query('create unique index concurrently i on a (x)').catch(() => {});
  bench.write({ '1_a.sql': 'select 1' });
  const { code, stdout } = await bench.run('verify');
  expect(code).toBe(1);
  expect(stdout).toBe(`migrations/1_a.sql was changed after it was applied. [edited]
What to do: Undo the change, and write a new migration for what it was meant to do. Or run it again as it is: registry-jobs up --rerun 1_a
The index i on a is invalid: a concurrent build of it failed. [invalid-index]
What to do: Drop it and build it again: DROP INDEX CONCURRENTLY i
2 problems in ${bench.database.name} on 127.0.0.1 as postgres.
`);
});

engineCase('C4', async (bench) => {
  bench.write({
    'R_v.sql': 'drop view if exists v; create view v as select x from a',
    '1_a.sql': 'create table a (x int)',
  });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '1_a' }, { version: 'R_v' }] });
  expect(await bench.json('up')).toMatchObject({ status: 'nothing-to-do' });
  bench.write({
    'R_v.sql': 'drop view if exists v; create view v as select x, 1 as y from a',
    '2_b.sql': 'create table b (x int)',
  });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '2_b' }, { version: 'R_v' }] });
  expect(await bench.query('select y from v')).toEqual([]);
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b', 'R_v']);
});

engineCase('C5', async (bench) => {
  bench.write({ 'initial_schema.sql': 'create table a (x int)', '1_b.sql': 'alter table a add y int' });
  expect(await bench.up()).toMatchObject({ applied: [{ version: 'initial_schema' }, { version: '1_b' }] });
  expect(await ledgerOf(bench)).toEqual(['1_b', 'initial_schema']);
  expect(await journalOf(bench)).toEqual(['applied initial_schema 1/1', 'applied 1_b 1/1']);
  // It is a picture of a moment: a newer one does no harm.
  bench.write({ 'initial_schema.sql': 'create table other (x int)' });
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});

engineCase('C6', async (bench) => {
  await bench.query('create table there (x int)');
  bench.write({ 'initial_schema.sql': 'create table a (x int)', '1_b.sql': 'select 1' });
  expect(await bench.up()).toMatchObject({ applied: [{ version: '1_b' }] });
  expect(await tablesOf(bench)).toEqual(['there']);
  expect(await bench.json('status')).toMatchObject({ status: 'up-to-date', entries: [{ version: '1_b' }] });
});

engineCase('C7', async (bench) => {
  bench.write({
    '1_a.sql': `create table a (z int, a text, "a b" numeric, n boolean, j jsonb);
insert into a values (1, 'x => y', 1.50, null, '{"k": [1]}'), (2, '', 100, true, null);
-- expect: select count(*) from a => 2
-- expect: select z, a, "a b", n, j from a order by z => [[1, "x => y", 1.5, null, {"k": [1]}], [2, "", 100.0, true, null]]
-- expect: select n, n from a where z = 1; => [[null, null]]
-- expect: select a from a where a ->> 'x' = '' and false => []
-- expect: select max(a) from a => "x => y"
-- expect: select 1 where false => []
`.replace(`a ->> 'x' = '' and false`, `j ->> 'k' = '' and false`),
  });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['1_a']);
});

engineCase('C8', async (bench) => {
  const wrong: [string, string, string][] = [
    ['select count(*) from a', '2', '[[1]]'],
    ['select x, y from a', '[["text", 1]]', '[[1, "text"]]'],
    ['select y from a', '1', '[["text"]]'],
    ['select null::int', '0', '[[null]]'],
    ['select 1::text', '1', '[["1"]]'],
    ['select x from a where false', '1', '[]'],
    ['select g from generate_series(2, 1, -1) g', '[[1], [2]]', '[[2], [1]]'],
  ];
  for (const [query, expected, found] of wrong) {
    bench.write({
      '1_a.sql': `create table a (x int, y text);\ninsert into a values (1, 'text');\n  -- expect: ${query} => ${expected}\n`,
    });
    const rows = expected.startsWith('[') ? JSON.stringify(JSON.parse(expected)) : `[[${expected}]]`;
    expect(await bench.json('up')).toMatchObject({
      code: 1,
      failed: {
        error: {
          code: 'expectation-failed',
          message: `The query should give ${rows}, but found ${found}.`,
          location: { file: 'migrations/1_a.sql', line: 3, column: 3 },
          hint: 'Correct the migration, or what it expects; nothing of it was kept.',
        },
      },
    });
  }
  expect(await tablesOf(bench)).toEqual([]);
  expect(await ledgerOf(bench)).toEqual([]);
});

engineCase('C9', async (bench) => {
  bench.write({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'alter table a add y int' });
  const { code, stdout } = await bench.run('plan');
  expect(code).toBe(0);
  const hash = /registry-jobs up --plan (\w+)\n$/.exec(stdout)?.[1] ?? '';
  expect(stdout.split('\n').slice(1).join('\n')).toBe(`migrations/1_a.sql (one transaction)
  line 1  create table a (x int)
migrations/2_b.sql (one transaction)
  line 1  alter table a add y int  ACCESS EXCLUSIVE on a
2 migrations would be applied. Run exactly this: registry-jobs up --plan ${hash}
`);
  bench.write({ '2_b.sql': 'alter table a add z int' });
  expect(await bench.json('up', '--plan', hash)).toMatchObject({ code: 1, error: { code: 'another-plan' } });
  expect(await tablesOf(bench)).toEqual([]);
  bench.write({ '2_b.sql': 'alter table a add y int' });
  expect(await bench.up('--plan', hash)).toMatchObject({ applied: [{}, {}] });
});

engineCase('C10', async (bench) => {
  bench.write({ '1_a.up.sql': 'create table a (x int)', '1_a.down.sql': 'drop table a' });
  await bench.up();
  bench.write({ '2_b.up.sql': 'create table b (x int)', '2_b.down.sql': 'drop table b' });
  const before = await bench.query('select * from schema_migrations');
  const refusal = (question: string, command: string) =>
    `${question} [not-confirmed]\nWhat to do: Nothing was done. If it is meant: registry-jobs ${command} --yes\n`;
  for (const [command, shown] of [
    [['down', '--to', '0'], '  undo  migrations/1_a.down.sql\nerror: This undoes every migration in '],
    [['redo'], '  undo  migrations/1_a.down.sql\nerror: This undoes the newest migration in '],
    [['force', '1', '--remove'], '  not applied  1\n1 row would change in the ledger of '],
  ] as const) {
    const { code, stdout, stderr } = await bench.run(...command);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.slice(0, shown.length)).toBe(shown);
    expect(stderr.slice(stderr.indexOf(' [not'))).toBe(refusal('', command.join(' ')));
  }
  for (const command of ['down', 'redo'])
    expect((await bench.run(command)).stderr).toMatch(/(?: as \w+|\.db), with the data in it[., ]/);
  const { code, stdout } = await bench.run('baseline', '2');
  expect(code).toBe(0);
  expect(stdout).toMatch(/Nothing was written yet\. To write it:\n {2}registry-jobs baseline 2 --yes\n$/);
  expect(await bench.json('baseline', '2')).toMatchObject({ code: 0, status: 'planned' });
  // Nothing was renamed, so there is nothing to ask.
  expect(await bench.json('renumber')).toMatchObject({ code: 0, status: 'nothing-to-do' });
  expect(await bench.query('select * from schema_migrations')).toEqual(before);
  // What cannot be undone is refused before anybody is asked.
  bench.write({ '3_c.up.sql': 'create table c (x int)' });
  await bench.up();
  expect(await bench.json('down')).toMatchObject({ code: 1, error: { code: 'irreversible' } });
});

engineCase('C11', async (bench) => {
  bench.write({ '1_a.up.sql': 'create table a (x int)', '1_a.down.sql': 'drop table a' });
  await bench.up();
  await bench.query('insert into a values (1)');
  expect(await bench.json('redo', '--yes')).toMatchObject({
    code: 0,
    applied: [
      { version: '1', direction: 'down' },
      { version: '1', direction: 'up' },
    ],
  });
  expect(await bench.query('select * from a')).toEqual([]);
  expect(await ledgerOf(bench)).toEqual(['1']);
});

engineCase('C12', async (bench) => {
  bench.write({ '1_a.sql': 'select 1', '2_b.sql': 'select 1;\nselect nope;' });
  await bench.run('up');
  const { history } = (await bench.json('status', '--history')) as unknown as {
    history: Record<string, unknown>[];
  };
  expect(history).toMatchObject([
    {
      version: '2_b',
      status: 'failed',
      direction: 'up',
      statements: 2,
      done: 1,
      error: '2:8: column "nope" does not exist (SQLSTATE 42703)',
      who: 'tester@here',
      toolVersion: '1.2.3',
    },
    { version: '1_a', status: 'applied', statements: 1, done: 1, who: 'tester@here' },
  ]);
  expect(history[0]?.runId).toBe(history[1]?.runId);
  const { stdout } = await bench.run('status', '--history', '1');
  expect(stdout.replace(/ +/g, ' ').split('\n').slice(5, 7)).toEqual([
    'started outcome what version done who',
    expect.stringMatching(
      /^\d{4}-.*Z failed up 2_b 1\/2 tester@here 2:8: column "nope" does not exist \(SQLSTATE 42703\)$/,
    ),
  ]);
});

engineCase('C13', async (bench) => {
  bench.write({
    'initial_schema.sql': `create table schema_migrations (version varchar primary key);
      insert into schema_migrations values ('2')`,
    '001_a.sql': 'select 1',
    '002_b.sql': bench.dialect.fails,
  });
  const { code, stdout } = await bench.run('up');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^Applied migrations\/initial_schema\.sql in .*\nNot run migrations\/001_a\.sql\nmigrations\/002_b\.sql has the number of 2, which another tool applied\. \[not-adopted\]\nWhat to do: See what taking its ledger over would do: registry-jobs adopt\nState: 1 migration before it was applied and stays; 1 migration after it was not run\.\n$/,
  );
  expect((await bench.run('adopt', '--yes')).code).toBe(0);
  // The older one is next, and out of order by now.
  expect(await bench.up('--out-of-order')).toMatchObject({ applied: [{ version: '001_a' }] });
  expect(await ledgerOf(bench)).toEqual(['001_a', '002_b?', 'initial_schema']);
});

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { anySettingsFor, compile } from '../support/migrations.ts';
import { createSqliteBench } from '../support/sqlite-bench.ts';

const OFF = '-- registry-jobs: transaction off\n';
const FAILS = 'select abs(-9223372036854775808)';

test('nothing is written by who only looks, and no file is made', async () => {
  const { run, file } = createSqliteBench({ '1_a.up.sql': 'create table a (x int)' });
  for (const command of ['status', 'plan', 'verify', 'dump', 'adopt']) {
    expect((await run(command)).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  }
  expect((await run('up')).code).toBe(0);
  const before = readFileSync(file);
  for (const command of ['up', 'status', 'plan', 'verify', 'dump', 'status --history'])
    expect((await run(...command.split(' '))).code).toBe(0);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a name that is not there is told before anything runs, with its place and what was meant', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': 'create table labels (title text);\n',
    '2_b.up.sql': 'create index i on labels (lower(title));\nselect\n  titel from labels;',
  });
  expect(await bench.run('up')).toMatchObject({
    code: 1,
    stderr: `error: migrations/2_b.up.sql:3:3: no such column: titel [statement-failed]
3 |   titel from labels;
  |   ^
What to do: Perhaps you meant title. Correct the file and run again: nothing was run.
`,
  });
  expect(existsSync(bench.file)).toBe(false);
  expect(await bench.json('plan')).toMatchObject({
    code: 1,
    status: 'invalid',
    problems: [{ location: { line: 3 } }],
  });
});

test('what the database has already is no fault of a file', async () => {
  const bench = createSqliteBench({ '7_b.up.sql': 'alter table there add column y; update there set y = x' });
  bench.query('create table there (x int); insert into there values (4);');
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'applied' });
  expect(bench.query('select * from there')).toEqual([{ x: 4, y: 4 }]);
});

test('what is there in any order, and what a pragma decides, is no fault either', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': `pragma legacy_alter_table = on; create table new (x int, y int); insert into new (x) select x from a;
      drop trigger t; drop table a; alter table new rename to a; drop table sqlite_stat1; insert into docs values ('x');`,
  });
  // The trigger stands before its table, as after a table was made anew, and a view keeps the name that is gone meanwhile.
  bench.query(`create table a (x int); create index i on a (x); create table b (x int); create view v as select x from a;
    create trigger t after insert on b begin insert into a values (new.x); end; create virtual table docs using fts5 (title);
    insert into a values (1); analyze;`);
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'applied' });
  expect(bench.query('select x, y from a')).toEqual([{ x: 1, y: null }]);
});

test('places of names: the one that is wrong, not the first of that name', async () => {
  const wrong: [sql: string, place: string][] = [
    ['insert into a (x) select x from b', '1:26'],
    ['select y, b.x from b', '1:11'],
    ['create index i on a (x, nope)', '1:25'],
    ['drop table if exists b; drop table b', '1:36'],
    ['select \'nope\', "q".nope from a as "q" -- nope', '1:16'],
    ['insert into a (x, z) values (1, 2)', '1:19'],
    ['create table a (x)', '1:14'],
    ['select 1 from main.nix', '1:15'],
    ['alter table a add column x int', '1:26'],
    ['select nofunction(1)', '1:8'],
    ['create trigger t after insert on nix begin select 1; end', '1:34'],
  ];
  for (const [sql, place] of wrong) {
    const bench = createSqliteBench({ '1_a.up.sql': sql });
    bench.query('create table a (x int); create table b (y int);');
    const { error } = (await bench.json('up')) as unknown as {
      error: { code: string; location: { line: number; column: number } };
    };
    expect([sql, error.code, `${error.location.line}:${error.location.column}`]).toEqual([
      sql,
      'statement-failed',
      place,
    ]);
  }
});

test('a file fails as a whole, is on record, and the files before it stay', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': 'create table a (x int primary key);',
    '2_b.up.sql': 'create table b (x int);\ninsert into a values (1);\n  insert into a values (1);',
    '3_c.up.sql': 'create table c (x int);',
  });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    applied: [{ version: '1' }],
    failed: {
      version: '2',
      outcome: 'rolled-back',
      error: {
        code: 'statement-failed',
        message: 'UNIQUE constraint failed: a.x',
        location: { file: 'migrations/2_b.up.sql', line: 3, column: 3 },
      },
    },
    notRun: ['3'],
  });
  expect(bench.query('select * from a')).toEqual([]);
  expect(await bench.json('status', '--history')).toMatchObject({
    history: [
      { version: '2', status: 'failed', done: 2, statements: 3, error: '3:3: UNIQUE constraint failed: a.x' },
      { version: '1', status: 'applied' },
    ],
  });
});

test('what is expected of a file is looked at before it is committed', async () => {
  const sql = `create table a (i int, r real, t text, b blob, n);
insert into a values (1, 1.5, 'x => y', x'00ff', null), (9007199254740993, 100, '', null, null);
`;
  const bench = createSqliteBench({
    '1_a.up.sql': `${sql}-- expect: select count(*) from a => 2
-- expect: select i, r, t, b, n from a order by i limit 1 => [[1, 1.5, "x => y", "x'00ff'", null]]
-- expect: select i, r from a order by i desc limit 1; => [["9007199254740993", 100]]
-- expect: select t from a where false => []
`,
  });
  expect(await bench.json('up')).toMatchObject({ code: 0 });
  for (const [query, expected, found] of [
    ['select count(*) from a', '3', '[[2]]'],
    ['select t, i from a where i = 1', '[["x => y"]]', '[["x => y", 1]]'],
    ["select '1'", '1', '[["1"]]'],
    ['select nope from a', '1', 'no such column: nope'],
  ]) {
    bench.write({ '2_b.up.sql': `create table b (x int);\n-- expect: ${query} => ${expected}` });
    const { failed, code } = (await bench.json('up')) as unknown as {
      code: number;
      failed: { error: { message: string } };
    };
    expect(code).toBe(1);
    expect(failed.error).toMatchObject({ code: 'expectation-failed', location: { line: 2, column: 1 } });
    expect(failed.error.message).toContain(found);
  }
  expect(bench.query("select name from sqlite_master where name = 'b'")).toEqual([]);
});

const KEYS = {
  '1_a.up.sql': `create table parent (id text primary key);
    create table child (id integer primary key, parent text references parent (id) on delete cascade);
    insert into parent values ('p'), ('q'); insert into child values (1, 'p'), (2, 'q');`,
};

test('foreign-keys off: a table is made anew without its rows being taken away', async () => {
  const rebuild = `create table new (id text primary key, more text); insert into new select id, 'm' from parent;
    drop table parent; alter table new rename to parent;`;
  const bench = createSqliteBench({
    ...KEYS,
    '2_b.up.sql': `-- registry-jobs: foreign-keys off\n${rebuild}`,
  });
  expect(await bench.json('up')).toMatchObject({ code: 0, applied: [{}, {}] });
  expect(bench.query('select id, parent from child')).toEqual([
    { id: 1, parent: 'p' },
    { id: 2, parent: 'q' },
  ]);
  // Without the directive the same takes the rows along: the keys are kept.
  const other = createSqliteBench({ ...KEYS, '2_b.up.sql': rebuild });
  expect(await other.json('up')).toMatchObject({ code: 0 });
  expect(other.query('select id, parent from child')).toEqual([]);
});

test('foreign-keys off: what it leaves behind is refused by name, what was there before is not', async () => {
  const bench = createSqliteBench(KEYS);
  await bench.json('up');
  bench.query("pragma foreign_keys = off; insert into child values (3, 'old');");
  expect(await bench.json('verify')).toMatchObject({
    code: 1,
    problems: [
      { code: 'foreign-keys-violated', detail: "- child row 3 (parent = 'old') names no row of parent" },
    ],
  });
  bench.write({ '2_b.up.sql': "-- registry-jobs: foreign-keys off\ndelete from parent where id = 'q';" });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    failed: {
      outcome: 'rolled-back',
      error: {
        code: 'foreign-keys-violated',
        message: 'migrations/2_b.up.sql would leave foreign keys that lead nowhere:',
        detail: "- child row 2 (parent = 'q') names no row of parent",
      },
    },
  });
  expect(bench.query('select id from parent')).toHaveLength(2);
  // The old one gets another number of its row, and is still the old one.
  bench.write({
    '2_b.up.sql': `-- registry-jobs: foreign-keys off
      create table new (id integer primary key, parent text references parent (id));
      insert into new (id, parent) select id + 100, parent from child; drop table child; alter table new rename to child;`,
  });
  expect(await bench.json('up')).toMatchObject({ code: 0 });
});

test('keys that are deferred are told by name when they fail at the end', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': `create table a (id int primary key);
      create table b (a int references a (id) deferrable initially deferred); insert into b values (7);`,
  });
  expect(await bench.json('up')).toMatchObject({
    failed: { error: { code: 'foreign-keys-violated', detail: '- b row 1 (a = 7) names no row of a' } },
  });
  expect(bench.query("select name from sqlite_master where name = 'a'")).toEqual([]);
});

test('a file that ends its own transaction leaves nothing', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': `create table a (x int unique on conflict rollback); insert into a values (1);
      insert into a values (1);`,
    '2_b.up.sql': 'create table b (x int)',
  });
  expect(await bench.json('up')).toMatchObject({ code: 1, applied: [], notRun: ['2'] });
  expect(bench.query("select name from sqlite_master where name in ('a', 'b')")).toEqual([]);
});

test('a file without a transaction goes on where it stopped, with what it had attached', async () => {
  const bench = createSqliteBench({
    '1_a.sql':
      `${OFF}attach 'other.db' as other;\ncreate table a (x int);\ninsert into a values (1);\n${FAILS};\ninsert into a values (2);\nvacuum;`.replace(
        'other.db',
        ':memory:',
      ),
  });
  expect(await bench.json('up')).toMatchObject({ code: 1, failed: { outcome: 'half-done', done: 3 } });
  expect(await bench.json('up')).toMatchObject({ error: { code: 'half-done' } });
  bench.write({
    '1_a.sql': `${OFF}attach ':memory:' as other;\ncreate table a (x int);\ninsert into a values (1);\ncreate table other.o (x);\ninsert into a values (2);\nvacuum;`,
  });
  expect(await bench.json('resume')).toMatchObject({ code: 0, applied: [{ version: '1_a' }] });
  expect(bench.query('select x from a')).toEqual([{ x: 1 }, { x: 2 }]);
  expect(await bench.json('status')).toMatchObject({ status: 'up-to-date' });
});

test('pragmas and temporary tables of a file do not reach the next one', async () => {
  const bench = createSqliteBench({
    '1_a.sql': `${OFF}pragma foreign_keys = off; create temp table left_over (x)`,
    '2_b.sql': 'create table seen as select foreign_keys as keys from pragma_foreign_keys',
  });
  expect(await bench.json('up')).toMatchObject({ code: 0 });
  expect(bench.query('select * from seen')).toEqual([{ keys: 1 }]);
});

test('another process that keeps the file is told after the wait, and that nothing was kept', async () => {
  const bench = createSqliteBench({ '1_a.sql': 'create table a (x int)' });
  bench.query('create table busy (x int)');
  const told = {
    code: 1,
    error: {
      code: 'database-busy',
      message: './shop.db is locked: another process is at work on it, and has not ended within the wait.',
      hint: `Nothing was kept. Run again when it has ended; which one it is: fuser ${bench.file}`,
    },
  };
  for (const [begin, commands] of [
    [
      'begin immediate',
      [
        ['up', '--wait', '200ms'],
        ['force', '1', '--yes', '--wait', '200ms'],
      ],
    ],
    ['begin exclusive', [['status'], ['up', '--wait', '200ms']]],
  ] as const) {
    const other = new DatabaseSync(bench.file);
    other.exec(begin);
    try {
      for (const command of commands)
        expect([command, await bench.json(...command)]).toMatchObject([command, told]);
      // Who writes keeps nobody from looking, until it commits.
      if (begin === 'begin immediate') expect(await bench.json('status')).toMatchObject({ code: 0 });
    } finally {
      other.close();
    }
  }
  expect(bench.query("select name from sqlite_master where name <> 'busy'")).toEqual([]);
});

test('a run waits for another process to end, and then does its work', async () => {
  const bench = createSqliteBench();
  bench.query('create table busy (x int)');
  const settings = anySettingsFor(`sqlite:${bench.file}`);
  const other = new DatabaseSync(bench.file);
  other.exec('begin immediate');
  const events: string[] = [];
  const report = await up(await compile({ '1_a.sql': 'create table a (x int)' }, settings), settings, {
    onEvent: ({ type }) => {
      events.push(type);
      if (type === 'waiting-for-lock') setTimeout(() => other.close(), 150);
    },
  });
  expect(report).toMatchObject({ status: 'applied' });
  expect(events[0]).toBe('waiting-for-lock');
});

test('a short lock of another process is waited for', async () => {
  const bench = createSqliteBench({
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': 'create table b (x int)',
  });
  bench.query('create table busy (x int)');
  const settings = anySettingsFor(`sqlite:${bench.file}`, { lockTimeoutMs: 10 });
  const other = new DatabaseSync(bench.file);
  const events: string[] = [];
  const report = await up(
    await compile({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'create table b (x int)' }, settings),
    settings,
    {
      onEvent: ({ type }) => {
        events.push(type);
        if (type === 'migration-started' && events.filter((one) => one === type).length === 2)
          other.exec('begin immediate');
        if (type === 'migration-retried') other.exec('commit');
      },
    },
  );
  other.close();
  expect(report).toMatchObject({ status: 'applied', applied: [{ attempts: 1 }, { attempts: 2 }] });
  expect(events).toContain('migration-retried');
});

test('many runs at once: each file once, and each run ends well', async () => {
  const bench = createSqliteBench();
  const settings = anySettingsFor(`sqlite:${bench.file}`);
  const files = Object.fromEntries(
    Array.from({ length: 5 }, (_, at) => [`${at + 1}_t.sql`, `create table t${at + 1} (x int);`]),
  );
  const compiled = await compile(files, settings);
  const reports = await Promise.all(Array.from({ length: 8 }, () => up(compiled, settings)));
  expect(reports.map(({ failed }) => failed)).toEqual(Array.from({ length: 8 }, () => undefined));
  expect(reports.flatMap(({ applied }) => applied.map(({ version }) => version)).sort()).toEqual([
    '1_t',
    '2_t',
    '3_t',
    '4_t',
    '5_t',
  ]);
  expect(bench.query("select count(*) as n from schema_migrations_journal where status = 'applied'")).toEqual(
    [{ n: 5 }],
  );
});

test('a number of steps is not done again after another run was faster', async () => {
  const files = {
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': 'create table b (x int)',
    '3_c.sql': 'create table c (x int)',
  };
  const bench = createSqliteBench(files);
  const settings = anySettingsFor(`sqlite:${bench.file}`);
  const compiled = await compile(files, settings);
  let other: Promise<unknown> | undefined;
  const report = await up(compiled, settings, {
    steps: 2,
    onEvent: (event) => {
      if (event.type !== 'migration-applied' || other) return;
      const database = new DatabaseSync(bench.file);
      database.exec("insert into schema_migrations (version) values ('2_b')");
      database.close();
      other = Promise.resolve();
    },
  });
  expect(report).toMatchObject({
    status: 'failed',
    applied: [{ version: '1_a' }],
    failed: { version: '2_b', error: { code: 'overtaken' } },
  });
});

test('a run that is killed in the middle of a file leaves nothing of it', async () => {
  const rows =
    'with recursive n (x) as (select 1 union all select x + 1 from n where x < 3000000) select x from n';
  const bench = createSqliteBench({
    '1_a.sql': 'create table a (x int);',
    '2_b.sql': `insert into a ${rows};\ninsert into a ${rows};\ninsert into a ${rows};\ncreate index i on a (x);`,
  });
  const child = spawn(process.execPath, [path.resolve('bin/registry-jobs.ts'), 'up', '--env', 'test'], {
    cwd: bench.folder,
    stdio: 'ignore',
  });
  const journal = `${bench.file}-journal`;
  // The second file is at work as soon as rows are written that are not committed.
  const begun = () => existsSync(bench.file) && existsSync(journal) && statSync(bench.file).size > 1_000_000;
  while (!begun()) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('close', resolve));
  expect(existsSync(journal)).toBe(true);
  expect(await bench.json('status')).toMatchObject({
    entries: [
      { version: '1_a', state: 'applied' },
      { version: '2_b', state: 'pending' },
    ],
  });
  expect(bench.query('select count(*) as n from a')).toEqual([{ n: 0 }]);
  expect(bench.query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  bench.write({ '2_b.sql': 'insert into a values (1)' });
  expect(await bench.json('up')).toMatchObject({ code: 0, applied: [{ version: '2_b' }] });
}, 30_000);

test('SQL of Postgres for a SQLite database, and the other way round, is told as such', async () => {
  const bench = createSqliteBench({ '1_a.sql': 'create table a (id int default now());' });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    error: {
      code: 'wrong-dialect',
      message: 'near "(": syntax error. Postgres takes this file, and ./shop.db is a SQLite database.',
      location: { line: 1, column: 35 },
    },
  });
  // What the other one refuses for another reason it has understood; several problems of one file are one.
  bench.write({
    '1_a.sql': 'create table a (j text default $$x$$::text);\ncreate index concurrently i on a (j);',
  });
  expect(await bench.json('up')).toMatchObject({
    error: {
      code: 'wrong-dialect',
      message: expect.stringMatching(/^near "\$\$x\$\$::text": syntax error\. Postgres takes/),
    },
  });
  bench.write({ '1_a.sql': 'create table a (id integer primary key autoincrement) strict;' });
  expect(await bench.json('up', '--database-url', 'postgres://nobody@127.0.0.1:1/none')).toMatchObject({
    code: 1,
    error: {
      code: 'wrong-dialect',
      message:
        'syntax error at or near "autoincrement". SQLite takes this file, and the database is one of Postgres.',
    },
  });
  expect(await bench.json('up')).toMatchObject({ code: 0 });
});

test('what is for a server says so, with what to do', async () => {
  const bench = createSqliteBench({ '1_a.sql': 'create table a (x int)' });
  for (const command of [
    'watch',
    'doctor',
    'refresh',
    'audit',
    'rebuild',
    'report',
    'seed --files 1',
    'verify --deep',
    'status --deep',
    'reset --yes',
  ])
    expect([
      command,
      await bench.run(...command.split(' '), ...(command === 'report' ? ['--html', 'x.html'] : [])),
    ]).toEqual([
      command,
      {
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^error: .*, and \.\/shop\.db is a SQLite database\. \[not-for-sqlite\]\nWhat to do: \S/,
        ),
      },
    ]);
});

test('a .env file that names a file and asks for a server as well is told what was not done', async () => {
  const bench = createSqliteBench({ '1_a.sql': 'create table a (x int)' });
  writeFileSync(
    path.join(bench.folder, '.env.test'),
    'DATABASE_URL=sqlite:shop.db\nREGISTRY_JOBS_EMBEDDED=.pg\n',
  );
  const { code, stderr } = await bench.run('up');
  expect([code, stderr.split('\n')[0]]).toEqual([
    0,
    'Warning: DATABASE_URL in .env.test names a SQLite database, so the embedded Postgres that REGISTRY_JOBS_EMBEDDED asks for was not started.',
  ]);
  expect(existsSync(path.join(bench.folder, '.pg'))).toBe(false);
});

test('the schema is written in an order that stays, without our tables', async () => {
  const bench = createSqliteBench({
    '1_a.sql':
      'create table b (x int);\ncreate view v as select x from b;\ncreate table a (y int);\ncreate index i on b (x);',
  });
  await bench.json('up', '--dump', 'schema.sql');
  const sql =
    'CREATE TABLE a (y int);\n\nCREATE TABLE b (x int);\n\nCREATE VIEW v as select x from b;\n\nCREATE INDEX i on b (x);\n';
  expect(readFileSync(path.join(bench.folder, 'schema.sql'), 'utf8')).toBe(sql);
  expect((await bench.run('dump')).stdout).toBe(sql);
});

test('a damaged file is told as such, by every command that finds it', async () => {
  const bench = createSqliteBench({
    '1_a.sql': `create table a (x int, y text); insert into a
      with recursive n (x) as (select 1 union all select x + 1 from n where x < 5000) select x, 'text ' || x from n;`,
  });
  await bench.json('up');
  const bytes = readFileSync(bench.file);
  writeFileSync(
    bench.file,
    Buffer.concat([bytes.subarray(0, 4096 * 10), Buffer.alloc(4096 * 3, 7), bytes.subarray(4096 * 13)]),
  );
  const told = { code: 'sqlite-damaged', message: './shop.db is damaged, as SQLite finds.' };
  expect(await bench.json('verify')).toMatchObject({ code: 1, problems: [told] });
  writeFileSync(bench.file, bytes.subarray(0, 5000));
  for (const command of ['status', 'up', 'prove', 'dump'])
    expect([
      command,
      await bench.json(...command.split(' '), ...(command === 'dump' ? ['--file', 'x.sql'] : [])),
    ]).toMatchObject([command, { code: 1, error: told }]);
});

test('a file that is no database, and one in a folder that is not there, are told by name', async () => {
  const bench = createSqliteBench({ '1_a.sql': 'create table a (x int)' });
  writeFileSync(bench.file, 'Not a database, but long enough to be read as the head of one. '.repeat(20));
  expect((await bench.run('up')).stderr).toContain(
    'error: ./shop.db is not a SQLite database. [sqlite-open]',
  );
  expect((await bench.run('up', '--database-url', 'sqlite:no/index.db')).stderr).toContain(
    `error: no/index.db cannot be opened: there is no folder ${path.join(bench.folder, 'no')}. [sqlite-open]`,
  );
});

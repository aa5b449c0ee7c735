import { expect } from 'vitest';
import { type Bench, engineCase, expectRefusal, fileCase, tablesOf } from '../support/cases.ts';

/** Applies one file that keeps what it sees in a table `seen`, and says how many statements it was taken for. */
async function see(bench: Bench, sql: string): Promise<{ statements: number; seen: unknown[] }> {
  bench.write({ '1_a.sql': `create table seen (id serial, x text);\n${sql}` });
  const { applied } = (await bench.up()) as unknown as { applied: { statements: number }[] };
  const rows = await bench.query('select x from seen order by id');
  return { statements: applied[0]?.statements ?? 0, seen: rows.map(({ x }) => x) };
}

engineCase('L1', async (bench) => {
  const sql = `insert into seen (x) values ($a$ one; $b$ ; $b$ -- $a$);
    do $$ begin insert into seen (x) values ($x$;two;$x$); end; $$;
    create table a$b$c (x int); insert into seen (x) select relname from pg_class where relname = 'a$b$c';`;
  expect(await see(bench, sql)).toEqual({ statements: 5, seen: [' one; $b$ ; $b$ -- ', ';two;', 'a$b$c'] });
});

engineCase('L2', async (bench) => {
  const sql = `insert into seen (x) values (E'\\';\\n'), (U&'\\0061;'), ('it''s;');
    create table "a;""b" ("c;" text); insert into "a;""b" values ('in'); insert into seen (x) select "c;" from "a;""b"`;
  expect(await see(bench, sql)).toEqual({ statements: 5, seen: [`';\n`, 'a;', `it's;`, 'in'] });
});

engineCase('L3', async (bench) => {
  const sql = `insert into seen (x) values ('\\'); insert into seen (x) values (';')`;
  expect(await see(bench, sql)).toEqual({ statements: 3, seen: ['\\', ';'] });
});

engineCase('L4', async (bench) => {
  const sql = `/* ; /* ' ; */ ; */ insert into seen (x) values ('-- ; /*'); -- ' ; $$
    insert into seen (x) values (/* ' */ 'b'
      ' c')`;
  // Two strings on two lines are one.
  expect(await see(bench, sql)).toEqual({ statements: 3, seen: ['-- ; /*', 'b c'] });
});

engineCase('L5', async (bench) => {
  const sql = `create function f() returns int begin atomic select 1; select 2; end;
    insert into seen (x) values (f()::text)`;
  expect(await see(bench, sql)).toEqual({ statements: 3, seen: ['2'] });
});

engineCase('L6', async (bench) => {
  const sql = `create table t (x int);
    create rule r as on insert to t do also (insert into seen (x) values ('one;'); insert into seen (x) values ('two'));
    insert into t values (1)`;
  expect(await see(bench, sql)).toEqual({ statements: 4, seen: ['one;', 'two'] });
});

engineCase('L7', async (bench) => {
  expect(await see(bench, `;;\n ; insert into seen (x) values ('x');; ; `)).toEqual({
    statements: 2,
    seen: ['x'],
  });
});

fileCase('L8', async (bench) => {
  const beginnings: [string, string, string][] = [
    [`select 1;\n  select 'abc;\n`, 'unterminated quoted string at or near "\'abc;\n"', '2:10'],
    ['select 1;\n  /* a /* b */\n', 'unterminated /* comment at or near "/* a /* b */\n"', '2:3'],
    ['do $x$ abc $$;', 'unterminated dollar-quoted string at or near "$x$ abc $$;"', '1:4'],
    ['select 1; select "abc', 'unterminated quoted identifier at or near ""abc"', '1:18'],
  ];
  for (const [sql, message, at] of beginnings) {
    await expectRefusal(
      bench,
      { '1_a.sql': sql },
      { code: 'syntax-error', message, at: `migrations/1_a.sql:${at}` },
    );
  }
});

engineCase('L9', async (bench) => {
  const sql = `create function twice(int) returns int language sql as 'select $1 * 2';
    insert into seen (x) values (twice(21)::text);`;
  expect(await see(bench, sql)).toEqual({ statements: 3, seen: ['42'] });
  bench.write({ '2_b.sql': 'select 1;\nselect $1;' });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    failed: {
      error: {
        message: 'there is no parameter $1',
        sqlstate: '42P02',
        location: { file: 'migrations/2_b.sql', line: 2, column: 8 },
      },
    },
  });
});

engineCase('L10', async (bench) => {
  const sql = `comment on table seen is 'a'
-- why; é😀 '
'b';
    insert into seen (x) values ('one' -- first
      -- and more
      'two'), (E'\\'' -- ;
      ';'), ($$three$$);
    insert into seen (x) values (U&'d!0061t!+000061' /* ; ' */ uescape -- '
      '!');
    insert into seen (x) select obj_description('seen'::regclass)`;
  expect(await see(bench, sql)).toEqual({ statements: 5, seen: ['onetwo', "';", 'three', 'data', 'ab'] });
  // Postgres does not join strings across a block comment either.
  await expectRefusal(
    bench,
    { '2_b.sql': `select 1; -- é😀\nselect 'a' /* \n */ 'b';` },
    { code: 'syntax-error', message: `syntax error at or near "'b'"`, at: 'migrations/2_b.sql:3:5' },
  );
});

engineCase('L11', async (bench) => {
  const [{ server_version_num: version } = {}] = await bench.query('show server_version_num');
  bench.write({
    '1_a.sql': `create table seen (x text);
create table logins (system_user text, "é😀" int); -- it's
create function json_value(a text, b int) returns text language sql as 'select $1 || $2';
insert into seen select json_value('x', 1);`,
    '2_b.sql': `insert into seen values ('json_value(1)'); -- json_value(1)`,
  });
  // The call with two arguments is what 18 takes, and judges when it runs.
  const warnings = [
    ['2:22', 16, 'system_user'],
    ['3:17', 17, 'json_value'],
  ].map(([at, since, word]) => ({
    code: 'older-grammar',
    message: `migrations/1_a.sql:${at}: Postgres ${since} and newer keep the word ${word} for themselves and refuse this statement; only an older server takes it.`,
  }));
  const report = await bench.json('up');
  expect(report).toMatchObject({ warnings });
  if (Number(version) < 160000) {
    expect(report).toMatchObject({ code: 0, applied: [{ statements: 4 }, { statements: 1 }] });
    expect(await bench.query('select x from seen')).toEqual([{ x: 'x1' }, { x: 'json_value(1)' }]);
    return;
  }
  expect(report).toMatchObject({
    code: 1,
    failed: { error: { sqlstate: '42601', location: { file: 'migrations/1_a.sql', line: 2, column: 22 } } },
  });
  expect(await tablesOf(bench)).toEqual([]);
});

fileCase('L12', async (bench) => {
  const mistakes: [string, string, string][] = [
    [`comment on table t is 'a' -- 😀\n'b';\nselec 1;`, 'syntax error at or near "selec"', '3:1'],
    ['create table t (system_user text, x int int);', 'syntax error at or near "int"', '1:41'],
    ['select json_value(1); select 1 1', 'syntax error at or near "1"', '1:32'],
  ];
  for (const [sql, message, at] of mistakes) {
    await expectRefusal(
      bench,
      { '1_a.sql': sql },
      { code: 'syntax-error', message, at: `migrations/1_a.sql:${at}` },
    );
  }
});

fileCase('L13', async (bench) => {
  const deep = [
    Array(30_000).fill("'a'").join(' || '),
    Array(30_000).fill('x').join(' + '),
    `1${'::int'.repeat(30_000)}`,
    `1 from t${' join u using (x)'.repeat(30_000)}`,
    `1${' union all select 1'.repeat(60_000)}`,
  ];
  for (const expression of deep) {
    await expectRefusal(
      bench,
      { '1_a.sql': `select 1; -- é😀\n  /* here */ select ${expression};\nselect 2` },
      {
        code: 'too-deep',
        message:
          'This statement is nested too deeply to be parsed: thousands of operators in a chain, or of parentheses.',
        at: 'migrations/1_a.sql:2:14',
        hint: 'Split it: concatenate in several steps, or put the values into rows of VALUES.',
      },
    );
  }
  await expectRefusal(
    bench,
    { '1_a.sql': `select 1;\nselect ${'('.repeat(30_000)}1${')'.repeat(30_000)}` },
    {
      code: 'too-deep',
      message:
        'This statement is nested too deeply to be parsed: thousands of operators in a chain, or of parentheses.',
      at: 'migrations/1_a.sql:2:1',
    },
  );
});

engineCase('L14', async (bench) => {
  const numbers = Array.from({ length: 20_000 }, (_, index) => index);
  const sql = `create table t (x int); insert into t values ${numbers.map((number) => `(${number})`).join(', ')};
    insert into seen (x) select count(*) from t where x in (${numbers.join(', ')});
    insert into seen (x) select length(${Array(2_000).fill("'a'").join(' || ')})`;
  expect(await see(bench, sql)).toEqual({ statements: 5, seen: ['20000', '2000'] });
});

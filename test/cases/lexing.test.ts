import { expect } from 'vitest';
import { type Bench, engineCase, expectRefusal, fileCase } from '../support/cases.ts';

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
  // Two strings on two lines are one. (With a comment between them too, for Postgres; its parser here says no.)
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

import { expect } from 'vitest';
import { engineCase, expectRefusal, fileCase, ledgerOf, tablesOf } from '../support/cases.ts';

engineCase('P1', async (bench) => {
  bench.write({
    '1_a.sql': `--\n-- PostgreSQL database dump\n--\n\n\\restrict Ab12\n\ncreate table a (x text);\ninsert into a values ('\n\\restrict in a string\n\\restrict x');\n\\unrestrict Ab12\n\n`,
  });
  expect(await bench.up()).toMatchObject({ applied: [{ statements: 2 }] });
  expect(await bench.query('select x from a')).toEqual([{ x: '\n\\restrict in a string\n\\restrict x' }]);
});

engineCase('P2', async (bench) => {
  bench.write({ '1_a.sql': 'create table a (x int)' });
  for (const line of [
    '\\i other.sql',
    '\\connect other',
    '\\set x 1',
    '\\copy a from b',
    '\\echo hi',
    '\\.',
  ]) {
    await expectRefusal(
      bench,
      { '2_b.sql': `select 1;\n${line}\n` },
      {
        code: 'psql-command',
        message: `${line.split(' ')[0]} is a command of psql, not SQL.`,
        at: 'migrations/2_b.sql:2:1',
        hint: 'Remove the line, or write what it does in SQL.',
      },
    );
  }
  expect(await tablesOf(bench)).toEqual([]);
});

engineCase('P3', async (bench) => {
  bench.write({
    '1_a.sql': `create table public.a (id int, "text" text);
COPY public.a (id, "text") FROM stdin;
1	; -- $$ /* ' "
2	\\N
3	😀\\ttab
\\.


COPY public.a (id, "text") FROM stdin WITH (FORMAT csv);
4,"x;
y"
\\.
COPY public.a (id, "text") FROM stdin;
\\.
insert into a values (5, 'behind');
`,
  });
  expect(await bench.up()).toMatchObject({ applied: [{ statements: 5 }] });
  expect(await bench.query('select * from a order by id')).toEqual([
    { id: 1, text: `; -- $$ /* ' "` },
    { id: 2, text: null },
    { id: 3, text: '😀\ttab' },
    { id: 4, text: 'x;\ny' },
    { id: 5, text: 'behind' },
  ]);
});

engineCase('P4', async (bench) => {
  bench.write({
    '1_a.sql': 'create table a (id int);\n\ncopy a from stdin;\n1\nno number\n\\.\ncreate table b (x int);\n',
  });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    failed: {
      error: {
        message: 'invalid input syntax for type integer: "no number"',
        location: { file: 'migrations/1_a.sql', line: 5, column: 1 },
        detail: 'CONTEXT: COPY a, line 2, column id: "no number"',
      },
    },
  });
  expect(await tablesOf(bench)).toEqual([]);
  expect(await ledgerOf(bench)).toEqual([]);
});

fileCase('P5', async (bench) => {
  await expectRefusal(
    bench,
    { '1_a.sql': 'select 1;\n copy a from stdin; select 2;' },
    {
      code: 'copy-without-data',
      message: 'COPY ... FROM stdin has no data after it.',
      at: 'migrations/1_a.sql:2:2',
    },
  );
  await expectRefusal(
    bench,
    { '1_a.sql': 'select 1;\n copy a from stdin;\n1\n2\n' },
    {
      code: 'copy-unterminated',
      message: 'The data of COPY ... FROM stdin does not end.',
      at: 'migrations/1_a.sql:2:2',
      hint: 'End it with a line that holds only \\.',
    },
  );
});

engineCase('P6', async (bench) => {
  bench.write({
    '1_a.sql': `create table public.a (id int, t text);
/* copy a from stdin; */ copy a (id, t) -- from stdin;
  from /* ; */ stdin with (format csv, delimiter ';'); -- two rows; with 😀
1;"x
;"
2;--
\\.
copy a from stdin (delimiter ';', null '\\.'); /* one; */ -- more
3;x
\\.
COPY a FROM STDIN WHERE (id > 3);
3\ty
4\tz
\\.
-- copy a from stdin;
comment on table a is 'copy a from stdin;
1';
insert into a values (5, 'after');
`,
  });
  expect(await bench.up()).toMatchObject({ applied: [{ statements: 6 }] });
  expect(await bench.query('select * from a order by id')).toEqual([
    { id: 1, t: 'x\n;' },
    { id: 2, t: '--' },
    { id: 3, t: 'x' },
    { id: 4, t: 'z' },
    { id: 5, t: 'after' },
  ]);
});

fileCase('P7', async (bench) => {
  const lines: [string, string, string, string, string?][] = [
    ["select 'select 1' \\gexec", 'psql-command', '\\gexec is a command of psql, not SQL.', '2:19'],
    ['select 1 as x \\gset', 'psql-command', '\\gset is a command of psql, not SQL.', '2:15'],
    ["  \\echo it's 'done", 'psql-command', '\\echo is a command of psql, not SQL.', '2:3'],
    ['select 1 \\g', 'psql-command', '\\g is a command of psql, not SQL.', '2:10'],
    ["select '😀', :'var';", 'psql-variable', ":'var' is a variable of psql, not SQL.", '2:13'],
    ['alter table :"tab" add x int;', 'psql-variable', ':"tab" is a variable of psql, not SQL.', '2:13'],
    ['select 1 limit :n;', 'psql-variable', ':n is a variable of psql, not SQL.', '2:16'],
    ['select :{?var};', 'psql-variable', ':{?var} is a variable of psql, not SQL.', '2:8'],
  ];
  for (const [line, code, message, at] of lines) {
    await expectRefusal(
      bench,
      { '1_a.sql': `select 1;\n${line}\n` },
      { code, message, at: `migrations/1_a.sql:${at}` },
    );
  }
});

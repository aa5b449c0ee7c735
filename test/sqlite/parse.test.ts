import { expect, test } from 'vitest';
import { statementText } from '../../lib/migrations/script/statement.ts';
import { IN_MEMORY, openSqlite } from '../../lib/sqlite/open.ts';
import { tokensOf } from '../../lib/sqlite/parser/lexer.ts';
import { parseScript } from '../../lib/sqlite/parser/parse.ts';

async function texts(sql: string): Promise<string[]> {
  const script = await parseScript('1_a.sql', sql);
  return script.statements.map((statement) => statementText(script, statement));
}

test('statements are taken apart as SQLite does it', async () => {
  expect(await texts('')).toEqual([]);
  expect(await texts('-- nothing\n/* here */ ;;')).toEqual([]);
  expect(await texts('select \';\' as "a;b", [c;d], `e;f` from x -- ;\n; /* ; */ select 2')).toEqual([
    'select \';\' as "a;b", [c;d], `e;f` from x',
    'select 2',
  ]);
  const trigger = `create temp trigger t after insert on a begin
    update a set x = case when x then 1 end; -- end;
    select 'end;'; end`;
  expect(await texts(`${trigger};\nselect 1;`)).toEqual([trigger, 'select 1']);
  expect(await texts('create table trigger_log (x); select 1')).toHaveLength(2);
  expect(await texts("insert into t values ('it''s; so')\n  ;\r\nselect 3")).toHaveLength(2);
});

test('lines and kinds are told', async () => {
  const script = await parseScript(
    '1_a.sql',
    '-- c\ncreate table a (x);\n\n/* d */ insert into a\nvalues (1);vacuum_ = 1'.replace(
      'vacuum_ = 1',
      'pragma user_version = 3',
    ),
  );
  expect(script.statements.map(({ kind, line }) => [kind, line])).toEqual([
    ['create table', 2],
    ['insert', 4],
    ['pragma', 5],
  ]);
});

/** What is refused, with its place. */
const REFUSED: [sql: string, code: string, place: string, message?: string | RegExp][] = [
  ['select 1;\n  select 2 fom x y', 'syntax-error', '2:16', 'near "x": syntax error'],
  ['select x, x from (select 1 as x) x x', 'syntax-error', '1:36', 'near "x": syntax error'],
  ['create table a (x int', 'syntax-error', '1:1', 'incomplete input'],
  ["select 1,\n 'open", 'syntax-error', '2:2', /^unrecognized token: "'open"$/],
  ["select '😀', 1 /* ( */ (", 'syntax-error', '1:23', 'near "(": syntax error'],
  ['commit', 'transaction-control', '1:1'],
  ['begin; select 1', 'transaction-control', '1:1', 'BEGIN has no COMMIT in this file.'],
  ['rollback', 'transaction-control', '1:1'],
  ['select 1; vacuum', 'needs-no-transaction', '1:11'],
  ["select 1; attach 'x.db' as x", 'needs-no-transaction', '1:11'],
  ['select 1; pragma journal_mode = wal', 'needs-no-transaction', '1:11'],
  ['select 1; pragma main.foreign_keys(0)', 'pragma-without-effect', '1:11'],
  ['-- registry-jobs: foreign-keys off\npragma foreign_keys = on', 'pragma-without-effect', '2:1'],
  [
    '-- registry-jobs: transaction off\n-- registry-jobs: statement-timeout 5s\nselect 1',
    'unknown-directive',
    '2:1',
  ],
  [
    '-- registry-jobs: transaction off\n-- registry-jobs: foreign-keys off\nselect 1',
    'unknown-directive',
    '2:1',
  ],
  ['-- registry-jobs: foreign-keys on\nselect 1', 'unknown-directive', '1:1'],
  ['select 1;\ninsert into a values (1, ?2)', 'bind-parameter', '2:26'],
  ['select :name', 'bind-parameter', '1:8'],
  ['-- registry-jobs: transaction off\nbegin', 'transaction-control', '2:1'],
  ['select 1; -- expect: select 1; select 2 => 1', 'bad-expectation', '1:11'],
];

test.each(REFUSED)('%s is refused', async (sql, code, place, message) => {
  const refusal = await parseScript('1_a.sql', sql).catch((error) => error);
  const { location } = refusal;
  expect({ code: refusal.code, place: location && `${location.line}:${location.column}` }).toEqual({
    code,
    place,
  });
  if (message !== undefined) expect(refusal.message).toMatch(message);
  expect(refusal.hint).toMatch(/\S/);
});

test('BEGIN and COMMIT around a file are the transaction that it has anyway', async () => {
  const script = await parseScript('1_a.sql', 'begin immediate;\ncreate table a (x);\nend transaction;');
  expect(script.statements.map(({ kind }) => kind)).toEqual(['create table']);
  expect(script.warnings).toMatchObject([{ code: 'transaction-understood' }]);
  expect(
    (await parseScript('1_a.sql', 'savepoint s; select 1; rollback to s; release s')).statements,
  ).toHaveLength(4);
});

test('a file that only holds what needs no transaction runs without one', async () => {
  const script = await parseScript('1_a.sql', 'vacuum; pragma journal_mode = wal;');
  expect(script.directives.transaction).toBe(false);
  expect(script.statements).toMatchObject([{ outside: 'atomic' }, { outside: 'atomic', session: true }]);
});

test('of ATTACH and DETACH what is said is true, and what is advised works', async () => {
  const [attach, use, detach] = ["attach ':memory:' as o", 'create table o.a (x)', 'detach o'];
  const refusal = await parseScript('1_a.sql', [attach, use, detach].join(';\n')).catch((error) => error);
  const problems: { message: string; hint: string }[] = refusal.problems;
  expect(problems.map(({ message }) => message)).toEqual([
    'ATTACH brings in another file, and of a transaction over several files a crash may keep one half: each migration here is all or nothing.',
    'DETACH fails inside the transaction that has used the file, and each migration runs in one.',
  ]);
  const database = await openSqlite(IN_MEMORY);
  try {
    for (const sql of ['begin', attach, use]) database.exec(sql);
    expect(() => database.exec(detach)).toThrow(/locked/);
  } finally {
    database.close();
  }
  const [, advised = ''] =
    /^Begin this file with: (-- registry-jobs: [a-z ]+)\./.exec(problems[0]?.hint ?? '') ?? [];
  expect(
    (await parseScript('1_a.sql', `${advised}\n${attach};\n${use};\n${detach};`)).statements,
  ).toHaveLength(3);
});

test('tokens cover the text, whatever it is', () => {
  const sql = "a.b->>'$.x'||x'00'--c\n1e5 0x1F .5 @p $q #r ?1 [z] \"y\"\"\" 'un";
  let end = 0;
  for (const token of tokensOf(sql)) {
    expect(sql.slice(end, token.start).trim()).toBe('');
    expect(token.end).toBeGreaterThan(token.start);
    end = token.end;
  }
  expect(end).toBe(sql.length);
});

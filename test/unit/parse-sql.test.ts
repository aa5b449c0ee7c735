import { describe, expect, test } from 'vitest';
import { decodeSql } from '../../lib/migrations/script/decode.ts';
import { statementText } from '../../lib/migrations/script/statement.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';

async function statements(text: string): Promise<string[]> {
  const script = await parseScript('f.sql', text);
  return script.statements.map((statement) => statementText(script, statement));
}

describe('a file is split into statements', () => {
  test.each<[string, string, string[]]>([
    ['no final semicolon', 'select 1', ['select 1']],
    ['no final newline, trailing blanks', 'select 1 ;  \n ', ['select 1 ']],
    ['empty statements', ';;select 1;;', ['select 1']],
    ['comments only', '-- nothing\n/* here */', []],
    ['nothing', '', []],
    ['leading comment', '-- é😀 é\nselect 1; select 2', ['select 1', 'select 2']],
    ['semicolon in a string', `select ';'; select '--'`, [`select ';'`, `select '--'`]],
    ['doubled quote', `select ''';'; select 2`, [`select ''';'`, 'select 2']],
    ['escape string', String.raw`select E'\';'; select 2`, [String.raw`select E'\';'`, 'select 2']],
    [
      'backslash in an ordinary string',
      String.raw`select '\'; select 2`,
      [String.raw`select '\'`, 'select 2'],
    ],
    [
      'unicode string and quoted name',
      `select U&'\\0061;', "a;b" from t; select 2`,
      [`select U&'\\0061;', "a;b" from t`, 'select 2'],
    ],
    ['nested comments', 'select /* ; /* ; */ ; */ 1; select 2', ['select /* ; /* ; */ ; */ 1', 'select 2']],
    ['dollar quotes', 'do $$ begin; end $$; select 2', ['do $$ begin; end $$', 'select 2']],
    ['tagged, nested', 'do $a$ $b$ ; $b$ ; $a$; select 2', ['do $a$ $b$ ; $b$ ; $a$', 'select 2']],
    ['a dollar inside a name', 'select a$b$c from t; select 2', ['select a$b$c from t', 'select 2']],
    ['emoji before the end', `select '😀'; select '🏛️';select 3`, [`select '😀'`, `select '🏛️'`, 'select 3']],
    [
      'a body in standard SQL',
      'create function f() returns int begin atomic select 1; select 2; end; select 3',
      ['create function f() returns int begin atomic select 1; select 2; end', 'select 3'],
    ],
    [
      'a rule with several actions',
      'create rule r as on insert to t do also (select 1; select 2); select 3',
      ['create rule r as on insert to t do also (select 1; select 2)', 'select 3'],
    ],
    ['lines that pg_dump adds', '\\restrict abc\nselect 1;\n\\unrestrict abc\n', ['select 1']],
  ])('%s', async (_, text, expected) => {
    expect(await statements(text)).toEqual(expected);
  });

  test('a line of 5 MB', async () => {
    const long = `insert into t values ('${'x'.repeat(5_000_000)}')`;
    expect(await statements(`${long};select 2`)).toEqual([long, 'select 2']);
  });
});

describe('what cannot work is refused with its place', () => {
  test.each<[string, string, string, number, number]>([
    ['syntax error', 'select 1;\nselec 2;', 'syntax-error', 2, 1],
    ['after an emoji', `select '😀', fom x y z`, 'syntax-error', 1, 19],
    ['after an emoji, next line', `select '😀';\n  selec`, 'syntax-error', 2, 3],
    ['CRLF', decodeSql(Buffer.from('select 1;\r\n\r\n  selec 2;'), 'f.sql'), 'syntax-error', 3, 3],
    ['unterminated string: at its opening', `select 1;\nselect 'abc`, 'syntax-error', 2, 8],
    ['unterminated comment: at its opening', 'select 1;\n /* abc', 'syntax-error', 2, 2],
    ['unterminated dollar quote: at its opening', 'do $x$ abc $$;', 'syntax-error', 1, 4],
    ['a psql command', 'select 1;\n\\i other.sql\n', 'psql-command', 2, 1],
    ['BEGIN without an end', '-- x\nBEGIN;\nselect 1;', 'transaction-control', 2, 1],
    ['BEGIN twice', 'begin; select 1;\nbegin; commit', 'transaction-control', 2, 1],
    ['COMMIT AND CHAIN', 'begin; select 1;\ncommit and chain', 'transaction-control', 2, 1],
    ['ROLLBACK of its BEGIN', 'begin; select 1;\n rollback;', 'transaction-control', 2, 2],
    ['COMMIT twice', 'begin; commit;\ncommit', 'transaction-control', 2, 1],
    ['COMMIT', 'select 1; commit', 'transaction-control', 1, 11],
    ['ROLLBACK', 'rollback', 'transaction-control', 1, 1],
    ['PREPARE TRANSACTION', `prepare transaction 'x'`, 'transaction-control', 1, 1],
    [
      'CREATE INDEX CONCURRENTLY',
      'create index concurrently i on t (a); select 1',
      'needs-no-transaction',
      1,
      1,
    ],
    ['DROP INDEX CONCURRENTLY', 'drop index concurrently i; select 1', 'needs-no-transaction', 1, 1],
    ['REINDEX CONCURRENTLY', 'reindex (concurrently) index i; select 1', 'needs-no-transaction', 1, 1],
    ['VACUUM', 'select 1; vacuum t', 'needs-no-transaction', 1, 11],
    ['ALTER SYSTEM', 'alter system set work_mem = 1; select 1', 'needs-no-transaction', 1, 1],
    ['CREATE DATABASE', 'create database d; select 1', 'needs-no-transaction', 1, 1],
    ['a form that needs none, in a BEGIN', 'begin;\nvacuum t;\ncommit', 'needs-no-transaction', 2, 1],
    ['DISCARD ALL alone', 'discard all', 'needs-no-transaction', 1, 1],
    ['COPY without data', 'select 1;\ncopy t from stdin; select 2', 'copy-without-data', 2, 1],
    ['COPY at the end', 'copy t from stdin', 'copy-without-data', 1, 1],
    ['COPY whose data does not end', 'select 1;\n copy t from stdin;\n1\tx\n', 'copy-unterminated', 2, 2],
    ['an error behind COPY data', 'copy t from stdin;\n1\t😀\n\\.\nselect 1; selec', 'syntax-error', 4, 11],
    ['an unknown directive', '\n-- registry-jobs: lock-timout 5s\nselect 1', 'unknown-directive', 2, 1],
    ['a bad duration', '-- registry-jobs: lock-timeout 5', 'unknown-directive', 1, 1],
    [
      'a directive behind a statement',
      'select 1;\n-- registry-jobs: transaction off',
      'late-directive',
      2,
      1,
    ],
    ['an expectation without a result', '-- expect: select 1', 'bad-expectation', 1, 1],
    ['an expectation that is not JSON', '-- expect: select 1 => one', 'bad-expectation', 1, 1],
    [
      'an expectation that is no query',
      'select 1;\n  -- expect: delete from t => 1',
      'bad-expectation',
      2,
      3,
    ],
    ['an expectation of two queries', '-- expect: select 1; select 2 => 1', 'bad-expectation', 1, 1],
    [
      'an expectation without a transaction',
      '-- registry-jobs: transaction off\n-- expect: select 1 => 1',
      'bad-expectation',
      2,
      1,
    ],
    ['BEGIN without a transaction', '-- registry-jobs: transaction off\nbegin', 'transaction-control', 2, 1],
    [
      'SAVEPOINT without a transaction',
      '-- registry-jobs: transaction off\nsavepoint a',
      'transaction-control',
      2,
      1,
    ],
  ])('%s', async (_, text, code, line, column) => {
    await expect(parseScript('f.sql', text)).rejects.toMatchObject({
      code,
      location: { file: 'f.sql', line, column },
    });
  });

  test.each([
    'savepoint a; rollback to a; release a',
    'analyze t',
    'refresh materialized view concurrently v',
    'create index i on t (a)',
    `copy t from '/tmp/x'`,
    '-- registry-jobs: transaction off\nvacuum t',
    'copy t to stdout',
  ])('%s is allowed', async (text) => {
    await expect(parseScript('f.sql', text)).resolves.toBeDefined();
  });
});

describe('inline data of COPY', () => {
  const dataOf = async (text: string) => {
    const script = await parseScript('f.sql', text);
    return script.statements.map(({ data }) => data && text.slice(data.start, data.end));
  };

  test('is data, whatever it looks like', async () => {
    const rows = "1\tselect ';\n2\t-- $$ /* \\n é😀\n";
    expect(
      await dataOf(
        `copy t (a, b) from stdin;\n${rows}\\.\nselect 1;\nCOPY t FROM stdin WITH (format csv);\n\\.\n`,
      ),
    ).toEqual([rows, undefined, '']);
  });

  test('is none inside a string, a comment or a body', async () => {
    const inside = ['$$\ncopy t from stdin;\n1\n\\.\n$$', "'\ncopy t from stdin;\n1\n\\.\n'"];
    for (const text of inside)
      expect(await dataOf(`select ${text};\nselect 2`)).toEqual([undefined, undefined]);
    expect(await dataOf('/*\ncopy t from stdin;\n1\n\\.\n*/ select 1')).toEqual([undefined]);
    expect(await dataOf('-- copy t from stdin;\nselect 1')).toEqual([undefined]);
  });
});

describe('the header', () => {
  test('says how a file runs', async () => {
    const script = await parseScript(
      'f.sql',
      `-- A comment
-- registry-jobs: transaction off
/* more */
-- registry-jobs: lock-timeout 500ms
--registry-jobs:statement-timeout 1h
-- registry-jobs: expected-duration 20min
-- registry-jobs: irreversible
create index concurrently if not exists i on s.t (a);
vacuum t`,
    );
    expect(script.directives).toEqual({
      transaction: false,
      lockTimeoutMs: 500,
      statementTimeoutMs: 3_600_000,
      expectedMs: 1_200_000,
      irreversible: true,
    });
    expect(script.statements.map(({ leaves, lock }) => ({ leaves, lock }))).toEqual([
      {
        leaves: { kind: 'index', name: 'i', schema: 's', table: 's.t' },
        lock: { mode: 'SHARE UPDATE EXCLUSIVE', relation: 's.t' },
      },
      { leaves: undefined, lock: undefined },
    ]);
  });

  test('is not found in a string, a body or a block comment', async () => {
    const text = `/*\n-- registry-jobs: nonsense\n*/ do $$\n-- registry-jobs: nonsense\n-- expect: nonsense\n$$; select '\n-- registry-jobs: nonsense'`;
    expect((await parseScript('f.sql', text)).directives).toEqual({ transaction: true, irreversible: false });
  });

  test('expectations may stand anywhere', async () => {
    const { expectations } = await parseScript(
      'f.sql',
      `select '😀'; -- expect: select count(*) from t => 3\n--expect:select 'a => b', 1; => [["a => b", 1]]`,
    );
    expect(expectations.map(({ sql, rows }) => [sql, rows])).toEqual([
      ['select count(*) from t', '[[3]]'],
      ["select 'a => b', 1", '[["a => b",1]]'],
    ]);
  });
});

describe('the lock that a statement takes', () => {
  test.each([
    ['alter table a.t add column x int', 'ACCESS EXCLUSIVE on a.t'],
    ['alter table t validate constraint c', 'SHARE UPDATE EXCLUSIVE on t'],
    ['alter table t add constraint c foreign key (x) references u', 'SHARE ROW EXCLUSIVE on t'],
    ['alter table t validate constraint c, drop column y', 'ACCESS EXCLUSIVE on t'],
    ['create index i on t (x)', 'SHARE on t'],
    ['drop table if exists s.t', 'ACCESS EXCLUSIVE on s.t'],
    ['drop function f()', undefined],
    ['truncate t', 'ACCESS EXCLUSIVE on t'],
    ['create trigger x after insert on t execute function f()', 'SHARE ROW EXCLUSIVE on t'],
    ['refresh materialized view concurrently v', 'EXCLUSIVE on v'],
    ['update t set x = 1', 'ROW EXCLUSIVE on t'],
    ['insert into t select * from u', 'ROW EXCLUSIVE on t'],
    ['alter table t rename to u', 'ACCESS EXCLUSIVE on t'],
    ['create table t (x int)', undefined],
    ['select 1', undefined],
  ])('%s', async (text, expected) => {
    const [statement] = (await parseScript('f.sql', text)).statements;
    const lock = statement?.lock;
    expect(lock && `${lock.mode} on ${lock.relation}`).toBe(expected);
  });
});

describe('bytes', () => {
  test.each<[string, Uint8Array, string, number]>([
    ['UTF-16', Buffer.from('\uFEFFselect 1', 'utf16le'), 'not-utf8', 1],
    ['Latin-1', Buffer.from("select 1;\nselect '\xE9'", 'latin1'), 'not-utf8', 2],
    ['a character cut off at the end', Buffer.from([0x61, 0xf0, 0x9f]), 'not-utf8', 1],
    ['NUL', Buffer.from('select 1;\n\0'), 'nul-character', 2],
  ])('%s is refused', (_, bytes, code, line) => {
    expect(() => decodeSql(bytes, 'f.sql')).toThrow(
      expect.objectContaining({ code, location: expect.objectContaining({ line }) }),
    );
  });

  test('the offset of the first bad byte is told', () => {
    expect(() => decodeSql(Buffer.from("é'\xE9'", 'latin1'), 'f.sql')).toThrow(
      'f.sql is not valid UTF-8 at byte 0.',
    );
    expect(() =>
      decodeSql(Buffer.concat([Buffer.from('é😀'), Buffer.from([0xff]), Buffer.from('é')]), 'f.sql'),
    ).toThrow('f.sql is not valid UTF-8 at byte 6.');
  });
});

describe('what a file says of its transaction', () => {
  const noteOf = async (text: string) => {
    const { directives, statements, warnings = [] } = await parseScript('m/1_a.sql', text);
    return [directives.transaction, statements.length, ...warnings.map(({ message }) => message)];
  };
  const ours = "BEGIN and COMMIT are left out: the migration's own transaction takes their place.";
  const alone = (form: string) =>
    `${form} cannot run inside a transaction: the file runs without one. It could say so: -- registry-jobs: transaction off`;
  const spelt = 'This is taken for: -- registry-jobs: transaction off';

  test.each<[string, string, boolean, number, string]>([
    ['BEGIN and COMMIT', 'BEGIN;\nselect 1;\nCOMMIT;', true, 1, `1:1: ${ours}`],
    ['other words for them', '-- x\n start transaction; select 1; end work;', true, 1, `2:2: ${ours}`],
    [
      'with the modes that it has anyway',
      'begin isolation level read committed, read write, not deferrable;\nselect 1; commit and no chain',
      true,
      1,
      `1:1: ${ours}`,
    ],
    ['around a part', 'select 1;\nbegin;\nselect 2;\ncommit;\nselect 3;', true, 3, `2:1: ${ours}`],
    ['with a savepoint inside', 'begin; savepoint a; release a; commit', true, 2, `1:1: ${ours}`],
    [
      'two of them',
      'begin; select 1; commit; begin; select 2; commit;',
      true,
      2,
      "1:1: The file's 2 transactions are one here, the migration's own: it is applied as a whole, or not at all. Each BEGIN and COMMIT is left out.",
    ],
    [
      'a lone CONCURRENTLY',
      '-- why\ncreate index concurrently i on t (a);',
      false,
      1,
      `2:1: ${alone('CREATE INDEX CONCURRENTLY')}`,
    ],
    [
      'with what only sets',
      'set lock_timeout = 0;\nvacuum t;\nreset all',
      false,
      3,
      `2:1: ${alone('VACUUM')}`,
    ],
    [
      'several of them',
      'drop index concurrently a; drop index concurrently b',
      false,
      2,
      `1:1: ${alone('DROP INDEX CONCURRENTLY')}`,
    ],
    ['in words of sqlx', '-- no-transaction\ncreate table t ();', false, 1, `1:1: ${spelt}`],
    ['in words of goose', '-- +goose NO TRANSACTION\n-- +goose Up\nselect 1', false, 1, `1:1: ${spelt}`],
    ['in words of dbmate', '-- migrate:up transaction:false\nselect 1', false, 1, `1:1: ${spelt}`],
    ['in words of tern', '---- tern: disable-tx ----\nselect 1', false, 1, `1:1: ${spelt}`],
    ['in words of atlas', '-- atlas:txmode none\n\nselect 1', false, 1, `1:1: ${spelt}`],
    ['in words of sql-migrate', '\n-- +migrate Up notransaction\nselect 1', false, 1, `2:1: ${spelt}`],
  ])('%s', async (_, text, transaction, statements, note) => {
    expect(await noteOf(text)).toEqual([transaction, statements, `m/1_a.sql:${note}`]);
  });

  test.each([
    ['a remark that only speaks of it', '-- no transaction is needed for this one\nselect 1'],
    ['after a statement', 'select 1;\n-- no-transaction\n'],
    ['our word counts', '-- registry-jobs: transaction on\n-- no-transaction\nselect 1'],
    ['in a string', "select '\n-- no-transaction\n'"],
  ])('%s changes nothing', async (_, text) => {
    expect(await noteOf(text)).toEqual([true, 1]);
  });

  test('an expectation cannot stand where nothing could be undone', async () => {
    const text = 'create index concurrently i on t (a);\n-- expect: select 1 => 1';
    await expect(parseScript('f.sql', text)).rejects.toMatchObject({ code: 'bad-expectation' });
  });
});

describe('lines by which other tools part the way back', () => {
  const signs = [
    ...[
      '-- +migrate Down',
      '-- +micrate Down',
      '-- rambler down',
      '-- //@UNDO',
      '-- !Downs',
      '-- ==== DOWN ====',
    ],
    ...[
      '-- DOWN',
      '--rollback',
      '/* DOWN */',
      '-- Rollback script:',
      '-- to revert',
      '  -- #### Downgrade ####',
    ],
  ];
  test.each(signs)('%s', async (sign) => {
    await expect(
      parseScript('m/1_a.sql', `create table a ();\n${sign}\ndrop table a;`),
    ).rejects.toMatchObject({
      code: 'way-back-inside',
      location: { line: 2, column: sign.length - sign.trimStart().length + 1 },
      hint: expect.stringContaining('registry-jobs import m m-new'),
    });
  });

  test.each([
    ['with nothing but remarks below', 'create table a ();\n-- rollback:\n-- drop table a;\n'],
    ['as a part of a sentence', 'create table a ();\n-- Down the line we need b.\ncreate table b ();'],
    ['at the end of a line of SQL', 'create table a (); -- undo\ncreate table b ();'],
    ['in a string', "select '\n-- +goose Down\n'; select 1"],
  ])('%s it parts nothing', async (_, text) => {
    await expect(parseScript('f.sql', text)).resolves.toBeDefined();
  });
});

test('everything that is wrong with the statements of a file is told at once, in their order', async () => {
  const text = 'vacuum t;\ncommit;\ncopy t from stdin; select 1;\nrollback;\n';
  await expect(parseScript('f.sql', text)).rejects.toMatchObject({
    code: 'invalid-migrations',
    message: '4 problems in the migrations:',
    problems: [1, 2, 3, 4].map((line) => ({ location: { line } })),
  });
});

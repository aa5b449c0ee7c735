import { describe, expect, test } from 'vitest';
import { decodeSql } from '../../lib/core/sql/decode.ts';
import { parseScript } from '../../lib/core/sql/parse.ts';
import { statementText } from '../../lib/core/sql/statement.ts';

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
    ['BEGIN', '-- x\nBEGIN;\nselect 1;\nCOMMIT;', 'transaction-control', 2, 1],
    ['COMMIT', 'select 1; commit', 'transaction-control', 1, 11],
    ['ROLLBACK', 'rollback', 'transaction-control', 1, 1],
    ['PREPARE TRANSACTION', `prepare transaction 'x'`, 'transaction-control', 1, 1],
    ['CREATE INDEX CONCURRENTLY', 'create index concurrently i on t (a)', 'needs-no-transaction', 1, 1],
    ['DROP INDEX CONCURRENTLY', 'drop index concurrently i', 'needs-no-transaction', 1, 1],
    ['REINDEX CONCURRENTLY', 'reindex (concurrently) index i', 'needs-no-transaction', 1, 1],
    ['VACUUM', ' vacuum t', 'needs-no-transaction', 1, 2],
    ['ALTER SYSTEM', 'alter system set work_mem = 1', 'needs-no-transaction', 1, 1],
    ['CREATE DATABASE', 'create database d', 'needs-no-transaction', 1, 1],
    ['COPY with inline data', 'select 1;\ncopy t from stdin;\n1\tx\n\\.\n', 'copy-from-stdin', 2, 1],
    ['COPY from nowhere', 'copy t from stdin', 'copy-from-stdin', 1, 1],
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
    'copy t to stdout',
  ])('%s is allowed', async (text) => {
    await expect(parseScript('f.sql', text)).resolves.toBeDefined();
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

import { expect, test } from 'vitest';
import { statementText } from '../../lib/migrations/script/statement.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';

/** Statements of 1,000 characters and more, one on each line. */
const filler = (count: number) =>
  `insert into t values (1, '${'é😀;x'.repeat(250)}'); -- why\n`.repeat(count);

test('a large file is parsed in pieces, and its places are those of the whole', async () => {
  const copy = 'copy t from stdin;\n1\té😀\n\\.\n';
  const text = `${filler(1_000)}${copy}${filler(1_000)}create index concurrently i\n on t (a);${filler(1_000)}select 'end'`;
  const script = await parseScript('f.sql', `-- registry-jobs: transaction off\n${text}`);
  expect(script.statements).toHaveLength(3_003);
  const [data, index, last] = [script.statements[1_000], script.statements[2_001], script.statements.at(-1)];
  expect(data?.data && script.text.slice(data.data.start, data.data.end)).toBe('1\té😀\n');
  expect([data?.line, index?.line, last?.line]).toEqual([1_002, 2_005, 3_006]);
  expect(index?.leaves).toEqual({ kind: 'index', name: 'i', table: 't' });
  expect(last && statementText(script, last)).toBe("select 'end'");
});

test.each<[string, string, string, number, number]>([
  ['a mistake', 'selec 1;', 'syntax-error', 2_001, 1],
  ['a character that is none', "select '😀', \u00a01 1;", 'odd-character', 2_001, 13],
  ['a statement that is not allowed', 'select 1; commit;', 'transaction-control', 2_001, 11],
  ['a chain without an end', `select ${"'a' || ".repeat(30_000)}'b';`, 'too-deep', 2_001, 1],
])('%s in a large file is found at its place', async (_, sql, code, line, column) => {
  const text = `${filler(2_000)}${sql}\n${filler(1_000)}`;
  await expect(parseScript('f.sql', text)).rejects.toMatchObject({ code, location: { line, column } });
});

test('a statement that the parser has no room for is named', async () => {
  const text = `select 1;\n -- rows\n insert into t values ('${'x'.repeat(65_000_000)}');`;
  await expect(parseScript('f.sql', text)).rejects.toMatchObject({
    code: 'too-large',
    message: 'This statement is too large to be parsed.',
    location: { file: 'f.sql', line: 3, column: 2 },
    hint: 'Split it into several, or give its rows to COPY ... FROM stdin; with the data on the lines after it.',
  });
});

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`create table c (x int check (x < 100), y text); create table users (id int, password text);
    create table k (x int primary key)`);
});
afterEach(() =>
  // What stopped half way would stop the next.
  database.query('drop table schema_migrations, schema_migrations_journal, schema_migrations_bundles'),
);
afterAll(() => database.drop());

const placeOf = async (sql: string) => {
  const report = await up(await compile({ '001_a.sql': sql }), settingsFor(database.url));
  const { location, excerpt } = report.failed?.error ?? {};
  return [location?.line, location?.column, excerpt];
};
const OFF = '-- registry-jobs: transaction off\n';

test.each<[string, string, number, string]>([
  ['a row of text', 'select 1;\ncopy c from stdin;\n1\ta\n2\tb\nx\tc\n\\.\n', 5, 'x\tc'],
  ['the first row', 'copy c from stdin; -- all of them\nx\tc\n\\.\n', 2, 'x\tc'],
  ['without a transaction', `${OFF}copy c from stdin;\n1\ta\nx\tc\n\\.\n`, 4, 'x\tc'],
  ['a constraint', 'copy c from stdin;\n1\ta\n100\tc\n2\tb\n\\.\n', 3, '100\tc'],
  ['a unique key', 'copy k from stdin;\n1\n2\n1\n3\n\\.\nselect 1;\n', 4, '1'],
  ['too many columns', 'copy c from stdin;\n1\ta\n2\tb\tc\n\\.\n', 3, '2\tb\tc'],
  ['a statement of several lines', 'copy c\n  (x, y)\nfrom stdin;\n1\ta\nx\tb\n\\.\n', 5, 'x\tb'],
  [
    'behind a line end that a backslash escapes',
    'copy c from stdin;\n1\ta\\\nb\n2\t\\\\\nx\tc\n\\.\n',
    5,
    'x\tc',
  ],
  ['CSV', 'copy c from stdin with (format csv, header);\nx,y\n1,a\nx,b\n\\.\n', 4, 'x,b'],
  ['CSV behind a line end in quotes', 'copy c from stdin csv;\n1,"a\nb"\nx,c\n\\.\n', 4, 'x,c'],
  // The server counts to where the row ends.
  ['CSV with a line end in quotes', 'copy c from stdin csv;\n1,a\nx,"c\nd"\n\\.\n', 4, 'd"'],
  [
    'CSV with an escape of its own',
    `copy c from stdin csv escape E'\\\\';\n1,"a\\"\nb"\nx,c\n\\.\n`,
    4,
    'x,c',
  ],
  ['CSV behind line ends in quotes', `copy c from stdin csv;\n1,"a\n\nb"\n2,"a\n\nb"\nx,c\n\\.\n`, 8, 'x,c'],
  ['CSV whose quotes are others', `copy c from stdin csv quote '''';\n1,'a\nb'\nx,"\n\\.\n`, 4, 'x,"'],
])('%s: the place is the line of the file', async (_, sql, line, text) => {
  const gutter = `${line} | `;
  expect(await placeOf(sql)).toEqual([line, 1, `${gutter}${text}\n${' '.repeat(gutter.length - 2)}| ^`]);
});

test.each([
  ['named in the statement', 'copy users (id, password) from stdin;\n1\ta\nx\thunter22\n\\.\n', 3],
  [
    'named in the file',
    'alter table users alter password set not null;\ncopy users from stdin;\nx\thunter22\n\\.\n',
    3,
  ],
])('a row with a secret is not shown: %s', async (_, sql, line) => {
  expect(await placeOf(sql)).toEqual([line, 1, `${line} | **********\n  | ^`]);
});

test('what is wrong with the statement is told of the statement', async () => {
  expect(await placeOf('copy c (nope) from stdin;\n1\n\\.\n')).toEqual([
    1,
    1,
    '1 | copy c (nope) from stdin;\n  | ^',
  ]);
});

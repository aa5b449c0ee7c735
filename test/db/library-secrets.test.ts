import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MigrationError, migrate, status } from '../../lib/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { rejection, withFolder } from '../support/migrations.ts';

const password = `it's "tell\\nobody"/é`;
const user = `secrets_${Date.now()}_${process.pid}`;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    `CREATE ROLE ${user} LOGIN PASSWORD '${password.replaceAll("'", "''")}'; GRANT ALL ON SCHEMA public TO ${user}`,
  );
});
afterAll(async () => {
  await database.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  await database.drop();
});

const FORMS = [password, encodeURIComponent(password), password.replaceAll("'", "''"), 'nobody'];

/** A URL with the password, or the database in parts. */
function targets() {
  const { hostname: host, port } = new URL(database.url);
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database.name}`;
  return [url, { host, port: Number(port), database: database.name, user, password }];
}

test('an error of the library shows the password nowhere, however it is logged', async () => {
  const quoted = password.replaceAll("'", "''");
  const sql = `do $$ begin raise notice 'it is ${quoted}'; raise exception 'the word: ${quoted}' using detail = '${encodeURIComponent(password).replaceAll("'", "''")}'; end $$`;
  for (const target of targets()) {
    const error = await withFolder({ '1_a.sql': sql }, (folder) =>
      rejection(migrate({ folder, database: target })),
    );
    expect(error).toBeInstanceOf(MigrationError);
    expect(error).toMatchObject({ code: 'statement-failed', message: 'the word: ***' });
    for (const text of [inspect(error, { depth: 20 }), JSON.stringify(error), (error as Error).stack ?? ''])
      for (const form of FORMS) expect(text).not.toContain(form);
  }
});

test('neither does one before there is a session', async () => {
  for (const target of targets()) {
    const elsewhere =
      typeof target === 'string'
        ? target.replace(database.name, encodeURIComponent(password))
        : { ...target, database: password };
    const error = await withFolder({ '1_a.sql': 'select 1' }, (folder) =>
      rejection(status({ folder, database: elsewhere })),
    );
    expect(error).toMatchObject({ code: expect.any(String) });
    for (const form of FORMS) expect(inspect(error, { depth: 20 })).not.toContain(form);
  }
});

test.each([
  ['in a transaction', ''],
  ['without one', '-- registry-jobs: transaction off\n'],
])('%s: neither an event, nor a notice in the report, nor the journal holds it', async (_, header) => {
  const quoted = password.replaceAll("'", "''");
  const sql = `${header}do $$ begin raise notice 'it is ${quoted}, password=other-secret'; raise exception 'the word: ${quoted}'; end $$`;
  const [url] = targets() as [string, unknown];
  const events: unknown[] = [];
  const error = await withFolder({ '1_a.sql': sql }, (folder) =>
    rejection(migrate({ folder, database: url, onEvent: (event) => events.push(event) })),
  );
  const journal = await database.query('SELECT error FROM schema_migrations_journal');
  expect(journal.length).toBeGreaterThan(0);
  const told = inspect([events, error, journal], { depth: null });
  expect(told).toContain('it is ***');
  for (const form of [...FORMS, 'other-secret']) expect(told).not.toContain(form);
  await database.query('DROP TABLE schema_migrations, schema_migrations_journal, schema_migrations_bundles');
});

describe('what the server repeats of a statement has no name next to it', () => {
  test.each([
    [
      'a row that breaks a check',
      `insert into users (id, password) values (1, 'hunter22');`,
      'Failing row contains (1, ***)',
    ],
    [
      'a row of COPY',
      'copy users (id, password) from stdin;\n2\thunter33\n1\thunter22\n\\.\n',
      'Failing row contains (***)',
    ],
    [
      'a column of COPY',
      'copy users (id, "password") from stdin;\n2\thunter22-is-long\n\\.\n',
      'column password: "***',
    ],
    ['a line of COPY', 'copy users (id, password) from stdin;\nx\thunter22\n\\.\n', 'column id: "x"'],
    [
      'a line of COPY with too much',
      'copy users (id, password) from stdin;\n1\thunter22\t3\n\\.\n',
      'COPY users, line 1: "***"',
    ],
    [
      'a value that is none',
      `insert into users (id, password) values (6, 'hunter22'::int);`,
      'invalid input syntax',
    ],
  ])('%s', async (_, sql, told) => {
    const setup = 'create table users (id int check (id > 5), password varchar(10));\n';
    const [url] = targets() as [string, unknown];
    const error = await withFolder({ '1_a.sql': setup + sql }, (folder) =>
      rejection(migrate({ folder, database: url })),
    );
    const text = inspect(error, { depth: 20 });
    expect(text).toContain(told);
    expect(text).not.toMatch(/hunter/);
  });
});

describe('what the server repeats of rows that it read, or that a file expects', () => {
  const setup = `create table users (id int primary key, name text, password text, n int);
insert into users values (1, 'alice', 'existing-hash-1', null);
create table archive (id int, name text, password text, n int not null);
create table vault (id int check (id > 5), secret_key text);
create function fill() returns void language sql as 'insert into archive select id, name, password from users';
create table t (id int, name text, constraint no_password check (name <> 'existing-hash-1'));\n`;
  test.each([
    [
      'a row that is selected',
      'insert into archive select id, name, password from users;',
      'Failing row contains (***)',
    ],
    ['a row that a function selects', 'select fill();', 'Failing row contains (***)'],
    [
      'a column that the error names',
      'alter table archive alter password set not null; insert into archive select 1, name, null, 1 from users; ',
      'null value in column "password"',
    ],
    [
      'a constraint that the error names',
      `insert into t select id, 'existing-' || 'hash-1' from users;`,
      'Failing row contains (***)',
    ],
    [
      'a value that is read',
      'alter table users alter password type int using password::int;',
      'invalid input syntax for type integer: "***"',
    ],
    [
      'a partition',
      `create table p (password text) partition by list (password); insert into p select password from users;`,
      'Partition key of the failing row contains (password) = (***************).',
    ],
    [
      'an expectation',
      'select 1;\n-- expect: select password from users => "other-hash-22"',
      'The query should give [["*************"]], but found [["***************"]].',
    ],
    [
      'an expectation of a number',
      'select 1;\n-- expect: select count(password) from users => 2',
      'The query should give [[2]], but found [[1]].',
    ],
    [
      'a raised text',
      `do $$ declare x text; begin select password into x from users; raise exception 'cannot set password %', x; end $$;`,
      'cannot set password ***************',
    ],
    [
      'a literal that is raised',
      `do $$ begin raise exception 'no password % for it', 'existing-hash-1'; end $$;`,
      'no password *** for it',
    ],
  ])('%s', async (_, sql, told) => {
    const [url] = targets() as [string, unknown];
    const error = await withFolder({ '1_a.sql': setup + sql }, (folder) =>
      rejection(migrate({ folder, database: url })),
    );
    const text = inspect(error, { depth: 20 });
    expect(error).toMatchObject({ code: expect.stringMatching(/^(statement|expectation)-failed$/) });
    expect(text).toContain(told);
    expect(text).not.toMatch(/existing-hash|other-hash/);
  });
});

test('the password of the database is masked in a line of a file without moving its caret', async () => {
  const quoted = password.replaceAll("'", "''");
  const [url] = targets() as [string, unknown];
  const error = (await withFolder({ '1_a.sql': `select '${quoted}', nope` }, (folder) =>
    rejection(migrate({ folder, database: url })),
  )) as MigrationError;
  const [line = '', caret = ''] = error.excerpt?.split('\n') ?? [];
  expect(line).toBe(`1 | select '${'*'.repeat(quoted.length)}', nope`);
  expect(line.slice(caret.indexOf('^'))).toBe('nope');
});

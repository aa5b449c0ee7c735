import path from 'node:path';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase, settledQuery } from '../support/database.ts';

const T = 'create table t (id int primary key);';
const E = "create type e as enum ('a'); create table t (e e);";
/** What its mode `x-multi-statement` is for: each statement is a message of its own. */
const MULTI = /(?<=;)\n/;

/**
 * Folders that golang-migrate 4.18.3 was seen to run, up and down and up again, with the catalog that one message for each file leaves. Each
 * is the text of a pair beside one that makes `z`.
 */
const folders: [name: string, up: string, down: string, parted?: RegExp][] = [
  ['nothing but comments', '-- nothing\n/* at /* all */ */', ' \n\t'],
  ['only semicolons, and no bytes', ' ;;\n;', ''],
  ['BEGIN and COMMIT around nothing', 'BEGIN;\n-- nothing\nCOMMIT;', 'BEGIN; END;'],
  ['only SET', "SET statement_timeout = '10s';", 'SET lock_timeout = 1000;'],
  ['COMMIT alone', 'COMMIT;', 'commit;'],
  ['COMMIT at the end', `${T}\nCOMMIT;`, 'drop table t; COMMIT;'],
  ['COMMIT in the middle', `${T}\nCOMMIT;\ncreate index on t (id);`, 'drop table t;'],
  ['COMMIT twice', `BEGIN; ${T} COMMIT; COMMIT;`, 'drop table t;'],
  ['BEGIN within BEGIN', `BEGIN; BEGIN; ${T} COMMIT;`, 'drop table t;'],
  ['COMMIT AND CHAIN', `BEGIN; ${T} COMMIT AND CHAIN; alter table t add b int; COMMIT;`, 'drop table t;'],
  ['an enum that is used after its block', '', ''],
  ['DISCARD ALL alone', 'DISCARD ALL;', 'DISCARD ALL;'],
  ['DISCARD ALL at the end', `${T}\nDISCARD ALL;`, 'drop table t;\nDISCARD ALL;', MULTI],
  [
    'a DO that commits',
    'DO $$ begin create table t (id int); commit; create index i on t (id); end $$;',
    'DO $$ begin drop index i; rollback; drop table t; end $$;',
  ],
  [
    'blocks beside CONCURRENTLY',
    `BEGIN; ${T} alter table t add b int; COMMIT;\nCREATE INDEX CONCURRENTLY i ON t (b);\nBEGIN; alter table t add c int; comment on table t is 'c'; COMMIT;`,
    'DROP INDEX CONCURRENTLY i;\nBEGIN; alter table t drop c; drop table t; COMMIT;',
    MULTI,
  ],
];

/** As golang-migrate does it: each file is one message, unless it was told to part them. */
async function send(client: pg.Client, text: string, parted?: RegExp): Promise<void> {
  for (const message of parted ? text.split(parted) : [text]) await client.query(message);
}

const ENUM = {
  up: [E, "BEGIN; alter type e add value 'b'; COMMIT;\nBEGIN; insert into t values ('b'); COMMIT;"],
  down: ['drop table t; drop type e;', 'delete from t;'],
};

describe('what golang-migrate runs, runs here with the same catalog', () => {
  test.concurrent.each(folders)('%s', async (...[, up, down, parted]) => {
    const pairs = up || down ? { up: [up], down: [down] } : ENUM;
    await isTheSame(
      { up: [...pairs.up, 'create table z (a int)'], down: [...pairs.down, 'drop table z'] },
      parted,
    );
  });
});

async function isTheSame(
  { up, down }: { up: readonly string[]; down: readonly string[] },
  parted?: RegExp,
): Promise<void> {
  const [theirs, ours] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  try {
    const client = await theirs.connect();
    const folder = createProject({}, ours);
    const files = (texts: readonly string[], direction: string) =>
      texts.map((text, at) => [`${at + 1}_a.${direction}.sql`, text]);
    const all = Object.fromEntries([...files(up, 'up'), ...files(down, 'down')]);
    writeFiles(path.join(folder, 'migrations'), all);
    const cli = async (...args: string[]) => {
      const { code, stdout, stderr } = await cliInProcess([...args, '--env', 'test'], { folder });
      expect(stdout + stderr).not.toContain('error');
      expect(code).toBe(0);
    };
    // Each looks from a session of its own, which need not be told the long question anew each time.
    const lookers = await Promise.all([theirs.connect(), ours.connect()]);
    const catalogs = () => Promise.all(lookers.map((looker) => catalogOf(looker, { identities: false })));
    const same = async () => {
      const [wanted, found] = await catalogs();
      expect(found).toEqual(wanted);
      return wanted;
    };
    for (const text of up) await send(client, text, parted);
    await cli('up');
    const made = await same();
    expect(made).toContainEqual(expect.stringContaining('table public.z'));
    for (const text of [...down].reverse()) await send(client, text, parted);
    await cli('down', '--to', '0', '--yes');
    expect(await same()).not.toEqual(made);
    await cli('up');
    expect((await catalogs())[1]).toEqual(made);
  } finally {
    await Promise.all([theirs.drop(), ours.drop()]);
  }
}

test('a block of a file without a transaction is all or nothing, and one in the journal', async () => {
  const database = await createTestDatabase();
  try {
    const folder = createProject(
      {
        'migrations/1_a.sql': `-- registry-jobs: transaction off
create table t (a int);
begin; insert into t values (1);
insert into t values (2), (1 / (select count(*) from t where a > 5)); commit;
vacuum t;`,
      },
      database,
    );
    const failed = await cliInProcess(['up', '--env', 'test'], { folder });
    expect(failed.stdout + failed.stderr).toMatch(/migrations\/1_a\.sql:\d+:\d+: division by zero/);
    expect(await database.query('select a from t')).toEqual([]);
    expect(await database.query('select done, statements from schema_migrations_journal')).toEqual([
      { done: 1, statements: 3 },
    ]);
    await settledQuery(await database.connect(), 'insert into t values (6)');
    expect((await cliInProcess(['resume', '--env', 'test'], { folder })).code).toBe(0);
    expect(await database.query('select a from t order by a')).toEqual([
      { a: 1 },
      { a: 1 },
      { a: 2 },
      { a: 6 },
    ]);
  } finally {
    await database.drop();
  }
});

test('a block is proved as it runs', async () => {
  const database = await createTestDatabase();
  try {
    const files = {
      'migrations/1_a.up.sql':
        'BEGIN; create table t (id int); SAVEPOINT s; alter table t add b int; COMMIT; CREATE INDEX CONCURRENTLY i ON t (b);',
      'migrations/1_a.down.sql': 'BEGIN; alter table t drop b; drop table t; COMMIT;',
    };
    const folder = createProject(files, database);
    const { code, stdout } = await cliInProcess(['prove', '--server', database.url], { folder });
    expect(stdout).not.toMatch(/FAILED|SAVEPOINT/);
    expect(code).toBe(0);
  } finally {
    await database.drop();
  }
});

test('an empty way back is not called an undoing', async () => {
  const database = await createTestDatabase();
  try {
    const files = { 'migrations/1_a.up.sql': T, 'migrations/1_a.down.sql': '-- not to be undone\n' };
    const folder = createProject(files, database);
    await cliInProcess(['up', '--env', 'test'], { folder });
    const { code, stdout, stderr } = await cliInProcess(['down', '--yes', '--env', 'test'], { folder });
    expect(code).toBe(0);
    const text = stdout + stderr;
    expect(text).toContain(
      'Warning: migrations/1_a.down.sql holds no statement: it undoes nothing. Its record is taken away, and what migrations/1_a.up.sql made stays. If that is meant, begin it with "-- registry-jobs: empty".',
    );
    expect(text).toMatch(
      /^Forgot {2}migrations\/1_a\.down\.sql in .* \(no statement: nothing was undone\)$/m,
    );
    expect(text).toMatch(/^1 record taken away with nothing undone in /m);
    expect(text).not.toMatch(/Undone|1 migration undone/);
    const lint = await cliInProcess(['lint'], { folder });
    expect(lint.stdout + lint.stderr).toContain('1_a.down.sql holds no statement: it undoes nothing.');
  } finally {
    await database.drop();
  }
});

test.each([
  ['ROLLBACK', `BEGIN; ${T} ROLLBACK;`, 'ROLLBACK is not allowed'],
  ['PREPARE TRANSACTION', `BEGIN; ${T} PREPARE TRANSACTION 'x';`, 'PREPARE is not allowed'],
  ['DISCARD ALL in the middle', `${T} DISCARD ALL; select 1;`, 'DISCARD ALL cannot run inside a transaction'],
  [
    'CONCURRENTLY within a block',
    `-- registry-jobs: transaction off\nbegin; create index concurrently i on t (a); commit;`,
    'CREATE INDEX CONCURRENTLY cannot run inside a transaction, and this one begins with BEGIN.',
  ],
  [
    'data within a block',
    '-- registry-jobs: transaction off\nbegin; select 1;\ncopy t from stdin;\n1\n\\.\ncommit;',
    '3:1: error: COPY with its data cannot stand between BEGIN and COMMIT',
  ],
  ['a block without its end', '-- registry-jobs: transaction off\nbegin; select 1;', 'BEGIN has no COMMIT'],
])('still refused: %s', async (_, text, message) => {
  const folder = createProject({ 'migrations/1_a.up.sql': text });
  const { stdout, stderr } = await cliInProcess(['lint'], { folder });
  expect(stdout + stderr).toContain(message);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { prove } from '../../lib/jobs/prove.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import type { EmbeddedServer } from '../../lib/local/server.ts';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { queryOnce } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';
import { proveFiles } from '../support/prove.ts';
import type { Files } from '../support/prove-truths.ts';

let servers: EmbeddedServer[];
beforeAll(async () => {
  servers = await Promise.all([1, 2].map(() => startEmbeddedPostgres({ settings: { fsync: 'off' } })));
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const urls = () => servers.map((server) => server.connectionString('postgres'));

/** Roles are the server's: each run begins without them, as a new server does. */
async function proveOn(count: number, files: Files, rows = {}): Promise<ProveReport> {
  const [first, ...beside] = urls()
    .slice(0, count)
    .map((url) => settingsFor(url));
  if (!first) throw new Error('no server');
  const more = { rows, mayMakeRoles: true, beside: beside.map(({ database }) => database) };
  const common = { source: 'servers of the tests', ledger: first.ledger, ...more };
  try {
    return await prove(first.database, await compile(files), common);
  } finally {
    for (const url of urls()) await queryOnce(url, 'DROP ROLE IF EXISTS lanes_reader');
  }
}

/** What does not tell how the work was shared out. */
function common({ durationMs, copies, files, ...report }: ProveReport) {
  const told = files.map(({ locks, ...file }) => ({
    ...file,
    locks: locks.map(({ heldMs, ...lock }) => lock),
  }));
  return { ...report, files: told };
}

const filler = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `create table if not exists ${name}_${at} (id int);`).join('\n');

test.each<[string, Files, string]>([
  [
    'plain files with faults of each kind, and a role that is missing',
    {
      '001_a.sql': filler('a', 6),
      '002_b.sql': 'create table if not exists b (id int);\ngrant select on b to lanes_reader;',
      '003_c.sql': 'create table c (id int);',
      '004_d.sql': 'create or replace view v as select 1 as one;\ngrant select on b to lanes_reader;',
      '005_e.sql': 'drop view if exists v;\ncreate view v as select 1 as one, 2 as two;',
      '006_f.sql': 'create index concurrently on b (id);',
      '007_g.sql': filler('g', 4),
    },
    'findings',
  ],
  [
    'pairs, one of which leaves something',
    {
      '1_a.up.sql': 'create table a (id int);',
      '1_a.down.sql': 'drop table a;',
      '2_b.up.sql':
        'create table b (id int);\ncreate function f() returns int language sql as $$ select 1 $$;',
      '2_b.down.sql': 'drop table b;',
      '3_c.up.sql': 'alter table a add column name text;',
      '3_c.down.sql': 'alter table a drop column name;',
    },
    'findings',
  ],
  [
    'a file in the middle that does not run',
    {
      '001_a.sql': filler('a', 3),
      '002_b.sql': 'create table if not exists b (id int);\nselect nothing_such();',
      '003_c.sql': filler('c', 3),
      '004_d.sql': filler('d', 3),
    },
    'findings',
  ],
  [
    'an extension that is not here',
    {
      '001_a.sql': filler('a', 3),
      '002_b.sql': 'create extension no_such_one;',
      '003_c.sql': filler('c', 3),
    },
    'incomplete',
  ],
])('two servers say what one says: %s', { timeout: 60_000 }, async (_, files, status) => {
  const one = await proveOn(1, files);
  const two = await proveOn(2, files);
  expect(common(two)).toEqual(common(one));
  expect(two.status).toBe(status);
  for (const url of urls())
    expect(
      await queryOnce(url, `select datname from pg_database where datname like 'registry_jobs%'`),
    ).toEqual([]);
});

test('a server that is not there is told at once', async () => {
  const [first, second] = urls().map((url) => settingsFor(url));
  if (!first || !second) throw new Error('no server');
  const gone = { ...second.database, port: 1 };
  const options = { source: 'servers of the tests', ledger: first.ledger, beside: [gone] };
  const error = await prove(first.database, await compile({ '001_a.sql': filler('a', 9) }), options).catch(
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ code: 'connect-refused' });
});

test('where one of them cannot go on, the other stops and clears up, and why is told', async () => {
  const [url = ''] = urls();
  const { database, ledger } = settingsFor(url);
  const another = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
  const beside = [settingsFor(another.connectionString('postgres')).database];
  const compiled = await compile({ '001_a.sql': filler('a', 40), '002_b.sql': filler('b', 40) });
  let stopping: Promise<void> | undefined;
  const onProgress = ({ check }: { check: string }) => {
    if (check === 'stopped') stopping ??= another.stop();
  };
  const options = { source: 'servers of the tests', ledger, beside, onProgress };
  const error = await prove(database, compiled, options).catch((thrown) => thrown);
  await stopping;
  expect(error).toMatchObject({ code: expect.stringMatching(/^(connect-|connection-)/) });
  expect(await queryOnce(url, `select datname from pg_database where datname like 'registry_jobs%'`)).toEqual(
    [],
  );
});

test('a server without room says nothing of the files', async () => {
  const full = `do $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;`;
  const error = await proveFiles({ '001_a.sql': 'select 1;', '002_b.sql': full }).catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: 'no-room',
    message: 'The server of the trials has no more room: could not extend file',
    sqlstate: '53100',
  });
});

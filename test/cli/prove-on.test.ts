import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { cliInProcess, createCliDatabase, createProject } from '../support/cli.ts';
import { createTestDatabase, queryOnce, type TestDatabase } from '../support/database.ts';

const FILES = {
  'migrations/001_t.sql': 'create table if not exists t (id int primary key, n int);',
  'migrations/002_rows.sql':
    'insert into t select i, i from generate_series(1, 1000) i on conflict do nothing;',
};
const NEW = {
  // What is set for the database, a file may depend on.
  'migrations/006_there.sql': `do $$ begin
  if current_setting('shop.mode', true) is distinct from 'as there' or current_schema() <> 'app' then
    raise exception 'It is not as there.';
  end if;
end $$;`,
  'migrations/003_wide.sql': `do $$ begin
  alter table t alter column n type bigint;
  perform pg_sleep(0.11);
end $$;
select 1;`,
  'migrations/005_once.sql':
    'create table if not exists u (id int);\nupdate t set n = -7 where id = 7 and n <> -7;\nselect 1;',
  'migrations/004_more.sql': 'update t set n = n + 1 where id = 1;',
};

let snapshot: TestDatabase;
beforeAll(async () => {
  snapshot = await createTestDatabase();
  const { code } = await cliInProcess(['up', '--database-url', snapshot.url], {
    folder: createProject(FILES),
  });
  expect(code).toBe(0);
  await queryOnce(
    snapshot.url,
    `create schema app; alter database "${snapshot.name}" set shop.mode = 'as there'; alter database "${snapshot.name}" set search_path = app, public`,
  );
  await queryOnce(
    snapshot.url,
    "update schema_migrations set started_at = started_at - interval '1 day', finished_at = finished_at - interval '1 day'",
  );
});
afterAll(() => snapshot.drop());

const on = (...args: string[]) =>
  cliInProcess(['prove', '--on', snapshot.url, ...args], { folder: createProject({ ...FILES, ...NEW }) });

const state = () =>
  queryOnce(
    snapshot.url,
    `select pg_relation_filenode('t') as file, (select sum(hashtext(t::text)) from t) as rows,
      (select count(*)::int from schema_migrations) as applied,
      (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace) as objects,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as sessions`,
  );

test('what is pending is judged on copies, with times and sizes; the database itself stays as it is', {
  timeout: 20_000,
}, async () => {
  const before = await state();
  const { code, stdout } = await on();
  expect(await state()).toEqual(before);
  expect(code).toBe(1);
  const text = stdout.replaceAll(/\s+/g, ' ');
  expect(text).toMatch(
    /003_wide\.sql ok ok ok ok 004_more\.sql ok FAILED ok FAILED 005_once\.sql ok ok ok ok 006_there\.sql ok ok ok ok/,
  );
  expect(text).not.toContain('001_t.sql ok');
  expect(text).toMatch(
    /003_wide\.sql:1 AccessExclusive on public\.t, which it rewrites: readers and writers wait [1-9]\d\d ms, at \d+ kB/,
  );
  expect(text).toMatch(/003_wide\.sql:1 [1-9]\d\d ms/);
  expect(text).toContain('2 files were applied there before, and not tried. Left out: the set as a whole.');
  expect(text).toMatch(/on copies of t_\w+ on \S+ \(Postgres/);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const left = "select datname from pg_database where datname like 'registry_jobs_prove%'";
  const names = new Set((await queryOnce(inject('serverUrl'), left)).map(({ datname }) => datname));
  // Those of other tests on the same server go as well, in a while.
  await expect
    .poll(
      async () => (await queryOnce(inject('serverUrl'), left)).filter(({ datname }) => names.has(datname)),
      {
        timeout: 10_000,
      },
    )
    .toEqual([]);
});

test('rows of a table that is too large are not compared, which is said and keeps it from being complete', {
  timeout: 20_000,
}, async () => {
  const args = ['4', '--rows-up-to', '8kB', '--json'];
  const report = JSON.parse((await on(...args)).stdout) as ProveReport;
  // A second run writes to it, so nobody knows what comes of it.
  expect(report.status).toBe('incomplete');
  expect(report.files[0]?.checks).toMatchObject({ once: 'ok', twice: 'not-shown', late: 'not-shown' });
  expect(report.files[0]?.notes).toContainEqual(
    expect.objectContaining({
      code: 'rows-not-compared',
      message: expect.stringMatching(
        /^It writes to public\.t \(\d+ kB\), whose rows were not compared: --rows-up-to 1MB/,
      ),
    }),
  );
  // The first run writes to it, the second one does not: that leaves it as it was.
  const { files } = JSON.parse((await on('5', '--rows-up-to', '8kB', '--json')).stdout) as ProveReport;
  expect(files[0]?.checks).toMatchObject({ twice: 'ok', stopped: 'not-shown', late: 'ok' });
  expect(files[0]?.notes.filter(({ code }) => code === 'rows-not-compared')).toHaveLength(1);
  // A file that writes to no table that is so large loses nothing.
  const wide = JSON.parse((await on('3', '--rows-up-to', '1MB', '--json')).stdout) as ProveReport;
  expect(wide.status).toBe('shown');
  // It has the lock while it writes the table anew, and not only after that.
  const [lock] = wide.files[0]?.locks ?? [];
  const first = wide.files[0]?.timings?.find(({ statement }) => statement === 1);
  expect(lock).toMatchObject({ statement: 1, rewrites: true });
  expect(first?.ms).toBeGreaterThanOrEqual(110);
  expect(lock?.heldMs).toBeGreaterThanOrEqual(first?.ms ?? Infinity);
});

test('a database that is in use is refused, with who uses it', async () => {
  const client = await snapshot.connect();
  await client.query("set application_name = 'shop'");
  const { code, stdout, stderr } = await on('--yes');
  await client.end();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /is in use, as a live one is: 1 other session, pid \d+ \(\S+, shop\).*\[live-database\]/s,
  );
});

test('one that looks like a live one is asked for: by its ledger, and by the settings of the folder', {
  timeout: 20_000,
}, async () => {
  const live = await createCliDatabase();
  try {
    const folder = createProject({ ...FILES, '.env.staging': `DATABASE_URL=${live.url}` });
    const run = (...args: string[]) => cliInProcess(args, { folder });
    expect((await run('up', '--database-url', live.url)).code).toBe(0);
    const role = (right: string) =>
      queryOnce(snapshot.url, `alter role "${new URL(live.url).username}" ${right}`);
    await role('createdb');
    const { code, stderr } = await run('prove', '--on', live.url);
    const text = stderr.replaceAll(/\s+/g, ' ');
    expect(code).toBe(2);
    expect(text).toMatch(
      /may be a live one, or more than is meant: \.env\.staging names it; its ledger was written .* ago\. It is not changed: it is copied on its server \(\S+ MB\), and nobody can connect to it meanwhile\. \[not-confirmed\]/,
    );
    expect(text).toMatch(/If it is meant: registry-jobs prove --on '?postgres:\/\/\S+ --yes/);
    await role('nocreatedb');
    const refused = await run('prove', '--on', live.url, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /this role may not create databases\. \[no-copies\].*ALTER ROLE \S+ CREATEDB;/s,
    );
  } finally {
    await live.drop();
  }
});

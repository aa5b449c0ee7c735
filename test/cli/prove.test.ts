import { availableParallelism } from 'node:os';
import { expect, inject, test } from 'vitest';
import { cliInProcess, createProject, steady } from '../support/cli.ts';
import { schema } from '../support/schemas.ts';

const HARM = {
  'migrations/001_t.sql': 'create table if not exists t (id int);',
  'migrations/002_rows.sql': '-- A row for everybody.\ninsert into t values (1);',
};
const server = () => inject('serverUrl');
const run = (args: readonly string[], folder: string) => cliInProcess(['prove', ...args], { folder });

test('a matrix, what was found with its place, and what to do', { timeout: 20_000 }, async () => {
  const { code, stdout, stderr } = await run(['--server', server()], createProject(HARM));
  expect(code).toBe(1);
  const text = steady(stdout).replace(
    /\d+ trials, \d+ copies, in N ms, on the\s+server\s+at\s+\S+\s+\(Postgres\s+\S+\)\./,
    'COST.',
  );
  expect(text).toBe(`file          once  twice   stopped  late
001_t.sql     ok    ok      ok       ok
002_rows.sql  ok    FAILED  ok       FAILED

migrations/002_rows.sql:2:1: Run again, it leaves something else, without an
error. [rerun-damages]
2 | insert into t values (1);
  | ^
  public.t holds 2 rows, and not 1
What to do: Let it ask whether its work is done already: one DO block around
what belongs together, or a condition that is false the second time.

1 finding in 1 of 2 files: COST.
How to write it: docs/guides/idempotent-sql.md
`);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(stderr).toContain('migrations/001_t.sql  once\n');
});

test('one JSON document, as its schema says', { timeout: 20_000 }, async () => {
  const { stdout, stderr } = await run(['--server', server(), '--json'], createProject(HARM));
  const validate = schema('prove-report');
  expect(validate(JSON.parse(stdout)) || validate.errors).toBe(true);
  expect(stderr).toBe('');
});

test('on a Postgres that is started for it', { timeout: 30_000 }, async () => {
  const files = {
    'migrations/001_t.sql': 'create table if not exists t (id int);\ngrant select on t to somebody;',
  };
  const { code, stdout } = await run([], createProject(files));
  const text = stdout.replace(/\s+/g, ' ');
  expect(text).toContain(
    'The role somebody was made for it on the throw-away server: one that may not log in.',
  );
  expect(text).toMatch(/1 file proved: \d+ trials, .*on an embedded server \(Postgres /);
  expect(code).toBe(0);
});

test('on two of them where there is work for both: each step is told once', { timeout: 60_000 }, async () => {
  const names = ['001_a', '002_b', '003_c', '004_d'];
  const files = names.map((name) => [`migrations/${name}.sql`, 'select 1;\n'.repeat(40)]);
  const { code, stdout, stderr } = await run([], createProject(Object.fromEntries(files)));
  const servers = availableParallelism() > 1 ? '2 embedded servers' : 'an embedded server';
  expect(stdout.replace(/\s+/g, ' ')).toMatch(new RegExp(`4 files proved: \\d+ trials, .*on ${servers} \\(`));
  expect(code).toBe(0);
  const steps = names.flatMap((name) =>
    ['once', 'stopped', 'late'].map((check) => `migrations/${name}.sql  ${check}`),
  );
  const told = stderr.trimEnd().split('\n');
  expect(told.toSorted()).toEqual(['Starting a Postgres', ...steps, 'The set as a whole'].toSorted());
});

test('what had no row to work on keeps it from being complete', { timeout: 20_000 }, async () => {
  const folder = createProject({
    'migrations/001_t.sql': 'create table if not exists t (id int);\ndelete from t where id = 1;',
  });
  const args = ['--server', server()];
  const { code, stdout } = await run(args, folder);
  expect(code).toBe(0);
  expect(stdout).toContain('Note: migrations/001_t.sql: The statement at line 2 had no row to work on');
  expect((await run([...args, '--complete'], folder)).code).toBe(3);
});

test('a file that is no SQL, and a server that is not there, are told as ever', async () => {
  const broken = createProject({ 'migrations/001_t.sql': 'create tabel t ();' });
  expect((await run(['--server', server()], broken)).stderr).toContain('migrations/001_t.sql:1:8:');
  const gone = await run(['--server', 'postgres://me@127.0.0.1:1/postgres'], createProject(HARM));
  expect(gone.code).toBe(1);
  expect(gone.stderr).toContain('[connect-refused]');
  expect(await run(['--ledger', 'a.b.c'], createProject(HARM))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('error: --ledger: "a.b.c" is not the name of a table'),
  });
});

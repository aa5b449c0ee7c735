import { expect, inject, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { cliInProcess, createProject } from '../support/cli.ts';

const FILES = {
  'migrations/001_t.sql': 'create table if not exists t (id serial primary key, email text);',
  // Run late it takes away what 003 has made.
  'migrations/002_view.sql': 'create or replace view v as select id from t;',
  'migrations/003_again.sql': `insert into t values (5, 'x');`,
  'migrations/004_view.sql': 'drop view if exists v;\ncreate view v as select id, email from t;',
};
const folder = createProject(FILES);
const run = (...args: string[]) =>
  cliInProcess(['prove', '--server', inject('serverUrl'), ...args], { folder });

async function judged(...args: string[]) {
  const { stdout, code, stderr } = await run(...args, '--json');
  const report = JSON.parse(stdout) as ProveReport;
  if (!report.files) return { code, told: stdout + stderr };
  const found = report.files.flatMap((file) => file.findings.map((one) => `${one.code} ${file.version}`));
  return {
    code,
    found,
    files: report.files.map(({ version }) => version),
    status: report.status,
    scope: report.scope,
  };
}

test('only named files are judged, on what those before them leave and with those after them', {
  timeout: 20_000,
}, async () => {
  expect(await judged('migrations/002_view.sql')).toEqual({
    code: 1,
    found: ['late-fails 002_view'],
    files: ['002_view'],
    status: 'findings',
    scope: { judged: 1, of: 4, onlyApplied: 3, leftOut: ['set'] },
  });
  // By its name, and by its number alone. That 003 leaves a sequence behind is no fault of 004.
  expect(await judged('004_view.sql', '1')).toMatchObject({
    code: 0,
    found: [],
    files: ['001_t', '004_view'],
    status: 'shown',
  });
});

test('from a file on, with some checks only: what is left out is said, and is no proof', {
  timeout: 20_000,
}, async () => {
  const { code, stdout } = await run('--from', '4', '--check', 'once,twice');
  expect(stdout.replace(/\d+ trials?.*$/s, 'COST')).toBe(
    `file          once  twice
004_view.sql  ok    ok

Held to the end of the file, on tables that were there before it:
  004_view.sql:1  AccessExclusive on public.v

3 other files were applied without a trial.
Left out: stopped, late, down and the set as a whole.
Nothing was found in 1 of 4 files: COST`.replace(/\nHeld.*\n.*\n/, ''),
  );
  expect(code).toBe(0);
  expect((await run('--from', '4', '--check', 'once', '--complete')).code).toBe(3);
});

test('stops: none, some, all', { timeout: 20_000 }, async () => {
  const stops = async (number: string) => {
    const { stdout } = await run('004', '--check', 'stopped', '--stops', number, '--json');
    const [file] = (JSON.parse(stdout) as ProveReport).files;
    return [file?.checks.stopped, file?.stops.tried, file?.checks.twice];
  };
  expect(await stops('none')).toEqual(['not-asked', 0, 'not-asked']);
  expect(await stops('all')).toEqual(['ok', 1, 'not-asked']);
});

test('what is not there is told with the name that is near', async () => {
  expect(await run('migrations/003_agian.sql')).toMatchObject({
    code: 2,
    stderr: `error: There is no migration migrations/003_agian.sql in migrations. [unknown-version]
What to do: Perhaps migrations/003_again.sql is meant.
`,
  });
  expect(await run('--from', '9')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('[unknown-version]'),
  });
  expect(await run('--check', 'twise')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no check "twise", perhaps twice is meant'),
  });
  for (const stops of ['0', '-1', 'many', '1.5'])
    expect((await run('--stops', stops)).stderr).toContain('all, none, or a whole number from 1.');
  expect((await run('--table', 'a.b.c')).code).toBe(2);
});

test('half a proof is not recorded', async () => {
  for (const part of [['001'], ['--from', '2'], ['--check', 'twice'], ['--stops', '3']])
    expect(await run(...part, '--record')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[part-of-proof]'),
    });
  // It would be the place of the record, and no file that is judged.
  expect((await run('--record', 'migrations/001_t.sql')).stderr).toContain(
    'error: --record would write over migrations/001_t.sql. [part-of-proof]',
  );
});

test('as GitHub shows it beside the code', { timeout: 20_000 }, async () => {
  const { code, stdout } = await run('003', '--format', 'github', '--check', 'twice');
  expect(code).toBe(1);
  expect(stdout).toBe(
    `::error file=migrations/003_again.sql,line=1,col=1,title=rerun-fails::Run again, it fails here.%0AThe server says: duplicate key value violates unique constraint "t_pkey" (SQLSTATE 23505)%0ALet it look whether its work is done already.
::error file=migrations/003_again.sql,line=1,col=1,title=sequence-behind::The sequence public.t_id_seq is behind public.t.id: its next number is 1, and a row has 5, which it comes to, so an insert that gives no id fails then.%0ASet it in the file, after what it inserts: SELECT pg_catalog.setval('public.t_id_seq', max(id)) FROM public.t;\n`,
  );
});

test('rows of a folder are there before the next file, and a fault of theirs has its place', {
  timeout: 20_000,
}, async () => {
  const project = createProject({
    'migrations/001_t.sql': 'create table if not exists t (id int primary key, n int);',
    'migrations/002_n.sql': `update t set n = n + 1;`,
    'rows/001_rows.sql': 'insert into t values (1, 1), (2, 2);',
    'rows.sql': 'insert into t values (1, 1);\ninsert into u values (1);',
    'more.sql': 'insert into t values (3, 1);',
  });
  const prove = (...args: string[]) =>
    cliInProcess(['prove', '--server', inject('serverUrl'), '--check', 'twice', ...args], {
      folder: project,
    });
  // Without a row nothing is shown of it.
  expect((await prove()).stdout).toContain('had no row to work on');
  for (const rows of [
    ['--fixtures', 'rows'],
    ['2', '--data', 'more.sql'],
  ]) {
    const { code, stdout } = await prove(...rows);
    expect(stdout).toContain('public.t holds other values in n');
    expect(code).toBe(1);
  }
  expect((await prove('2', '--data', 'rows.sql')).stderr).toContain(
    'rows.sql:2:1: relation "u" does not exist (SQLSTATE 42P01) [rows-failed]',
  );
  expect((await prove('--data', 'no.sql')).stderr).toContain('no.sql cannot be read. [no-such-file]');
});

test('values of rows are left out where that is asked for', { timeout: 20_000 }, async () => {
  const project = createProject({
    'migrations/001_t.sql': `create table if not exists t (id serial primary key, n text);
insert into t values (41, 'Ada') on conflict do nothing;`,
    'migrations/002_n.sql': 'alter table t alter n type int using n::int;',
  });
  const prove = async (...args: string[]) => {
    const args_ = ['prove', '--server', inject('serverUrl'), '--check', 'twice', ...args];
    return (await cliInProcess(args_, { folder: project })).stdout;
  };
  expect(await prove()).toMatch(/a row\s+has 41.*"Ada"/s);
  expect(await prove('--no-values')).toContain('invalid input syntax for type integer: "..."');
  expect(await prove('--no-values')).not.toMatch(/has\s+41|"Ada"/);
});

test('nobody knows of what was left out whether it would be found', { timeout: 20_000 }, async () => {
  const project = createProject({
    'migrations/001_t.sql': '-- registry-jobs: accept late-fails because of nothing\nselect 1;',
  });
  const prove = (...args: string[]) =>
    cliInProcess(['prove', '--server', inject('serverUrl'), ...args], { folder: project });
  expect((await prove('--check', 'twice')).code).toBe(0);
  expect((await prove()).stdout).toContain('[accepts-nothing]');
});

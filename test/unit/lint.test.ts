import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { lint } from '../../lib/jobs/lint.ts';
import { lintScript } from '../../lib/postgres/lint/lint-script.ts';
import { lintRules } from '../../lib/postgres/lint/rule.ts';
import type { LintFinding } from '../../lib/reports/lint.ts';
import { lintAsSarif, renderLintForGitHub, renderLintReport } from '../../lib/reports/lint.ts';
import { cliInProcess } from '../support/cli.ts';
import { withFolder } from '../support/migrations.ts';

const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/guides/idempotent-sql.md'), 'utf8');

/** What lint finds in files, without what it says of it: `file:line:col code`. */
async function found(files: Readonly<Record<string, string>>, options = {}): Promise<string[]> {
  const { findings } = await withFolder(files, (folder) => lint(folder, 'm', options));
  return findings.map(
    ({ code, location: at }) => `${at ? `${at.file}:${at.line}:${at.column} ` : ''}${code}`,
  );
}

// A pair need not be idempotent, so only what blocks or loses is found there.
describe('a statement that does harm while others use the table, and its harmless twin', () => {
  test.each<[string, string | undefined, string]>([
    ['index-blocks-writes', 'create index concurrently i on t (a)', 'create index i on t (a)'],
    ['drop-index-blocks', 'drop index concurrently i', 'drop index i'],
    ['reindex-blocks', 'reindex table concurrently t', 'reindex table t'],
    [
      'default-rewrites',
      'alter table t add column a uuid default null',
      'alter table t add column a uuid default gen_random_uuid()',
    ],
    ['default-rewrites', 'alter table t add column a int default 3', 'alter table t add column a serial'],
    [
      'default-rewrites',
      'alter table t add column a timestamptz default now()',
      'alter table t add column a timestamptz default coalesce(null, clock_timestamp())',
    ],
    ['default-rewrites', undefined, 'alter table t add column a bigint generated always as identity'],
    [
      'not-null-scans',
      'alter table t alter column a drop not null',
      'alter table t alter column a set not null',
    ],
    [
      'check-scans',
      'alter table t add constraint c check (a > 0) not valid',
      'alter table t add constraint c check (a > 0)',
    ],
    [
      'foreign-key-scans',
      'alter table t add foreign key (a) references u not valid',
      'alter table t add foreign key (a) references u',
    ],
    [
      'unique-blocks',
      'alter table t add constraint c unique using index i',
      'alter table t add constraint c unique (a)',
    ],
    ['unique-blocks', undefined, 'alter table t add column a int unique'],
    ['type-rewrites', undefined, 'alter table t alter column a type bigint'],
    ['rename-breaks', 'alter index i rename to j', 'alter table t rename column a to b'],
    ['rename-breaks', undefined, 'alter table t rename to u'],
    ['drops-data', 'drop view v', 'drop table t'],
    ['drops-data', 'alter table t drop constraint c', 'alter table t drop column a'],
    ['drops-data', undefined, 'truncate t'],
    ['all-rows', 'update t set a = 1 where a is null', 'update t set a = 1'],
    ['all-rows', 'delete from t where a = 1', 'delete from t'],
    ['blocks-readers', 'refresh materialized view concurrently v', 'refresh materialized view v'],
    ['blocks-readers', 'lock table t in share mode', 'lock table t'],
    ['blocks-readers', 'alter table t set (fillfactor = 70)', 'alter table t set logged'],
  ])('%s', async (rule, good, bad) => {
    expect(await found({ '1_a.up.sql': `-- why\n${bad};` })).toEqual([`m/1_a.up.sql:2:1 ${rule}`]);
    if (good !== undefined) {
      const codes = await found({ '1_a.up.sql': good });
      expect(codes.filter((code) => !code.endsWith('transaction-understood'))).toEqual([]);
    }
    // A way back and an initial schema harm nobody.
    expect(await found({ '1_a.up.sql': 'select 1', '1_a.down.sql': bad, 'initial_schema.sql': bad })).toEqual(
      [],
    );
  });

  test('an index without a name does not fail when it is made again: there are two', async () => {
    const findings: LintFinding[] = [];
    const file = { isForward: true, isPlain: true };
    const sql = 'create index concurrently on s.t (a)';
    await lintScript('m/1_a.sql', sql, file, (finding) => findings.push(finding));
    expect(findings).toMatchObject([
      {
        code: 'not-idempotent',
        message: 'Run twice, it makes a second index on s.t. Say IF NOT EXISTS, with a name.',
        recipe: 'create-an-index',
      },
    ]);
  });

  test('a table that the file itself makes has no rows and no users', async () => {
    const sql =
      'create table t (a int);\ncreate index on t (a);\nalter table t add unique (a);\ncreate index i on u (a);';
    expect(await found({ '1_a.up.sql': sql })).toEqual(['m/1_a.up.sql:4:1 index-blocks-writes']);
  });
});

describe('what cannot run twice in a plain file, and its twin that can', () => {
  test.each<[string, string]>([
    ['create table t ()', 'create table if not exists t ()'],
    ['create table t as select 1', 'create table if not exists t as select 1'],
    ['create sequence s', 'create sequence if not exists s'],
    ['create schema s', 'create schema if not exists s'],
    ['create extension citext', 'create extension if not exists citext'],
    [
      "create function f() returns int language sql as 'select 1'",
      "create or replace function f() returns int language sql as 'select 1'",
    ],
    ['create view v as select 1', 'create or replace view v as select 1'],
    [
      'create trigger g before insert on t for each row execute function f()',
      'drop trigger if exists g on t; create trigger g before insert on t for each row execute function f()',
    ],
    ['create policy p on t', 'drop policy if exists p on t; create policy p on t'],
    ["create type e as enum ('a')", "drop type if exists e; create type e as enum ('a')"],
    ["alter type e add value 'b'", "alter type e add value if not exists 'b'"],
    [
      'create role r',
      "do $$ begin if not exists (select from pg_roles where rolname = 'r') then create role r; end if; end $$",
    ],
    ['drop view v', 'drop view if exists v'],
    ['alter table t add column a int', 'alter table t add column if not exists a int'],
    ['alter table t drop constraint c', 'alter table t drop constraint if exists c'],
    [
      'alter table t add constraint c check (a > 0) not valid',
      'alter table t drop constraint if exists c; alter table t add constraint c check (a > 0) not valid',
    ],
    [
      'alter table t add constraint c check (a > 0) not valid',
      'alter table t drop constraint if exists c, add constraint c check (a > 0) not valid',
    ],
    ['insert into t values (1)', 'insert into t values (1) on conflict do nothing'],
    ['insert into t select 1', 'insert into t select 1 where not exists (select from t)'],
    ['copy t from stdin;\n1\n\\.\n', 'create temp table if not exists x (a int)'],
  ])('%s', async (bad, good) => {
    expect(await found({ '1_a.sql': bad })).toEqual(['m/1_a.sql:1:1 not-idempotent']);
    expect(await found({ '1_a.sql': good })).toEqual([]);
    expect((await found({ '1_a.up.sql': bad })).filter((code) => code.includes('idempotent'))).toEqual([]);
  });
});

test('every recipe of the guide can run twice, and every rule names a recipe that is there', async () => {
  // The first is what they start from.
  const blocks = [...guide.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = '']) => sql).slice(1);
  expect(blocks.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  for (const sql of blocks)
    for (const code of await found({ '1_a.sql': sql }))
      if (/not-idempotent/.test(code)) wrong.push(`${code}\n${sql}`);
  expect(wrong).toEqual([]);
  const anchors = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const { recipe } of Object.values(lintRules)) expect(anchors).toContain(recipe);
});

describe('a rule is left out', () => {
  const bad = 'create index i on t (a);';
  test.each([
    ['above the statement', `select 1;\n-- lint-ignore: index-blocks-writes (small)\n${bad}`, 0],
    [
      'for the whole file',
      `-- A title.\n-- lint-ignore: all-rows, index-blocks-writes\n\nselect 1;\n${bad}\n${bad}`,
      0,
    ],
    ['and no other', `-- lint-ignore: all-rows\n${bad}`, 1],
    ['and only there', `-- lint-ignore: index-blocks-writes\n${bad}\n${bad}`, 1],
  ])('%s', async (_, sql, number) => {
    expect(await found({ '1_a.up.sql': sql })).toHaveLength(number);
  });
});

test('what up would refuse is an error at its place, all of it, beside what is found in other files', async () => {
  const files = {
    '1_a.up.sql': 'selec 1',
    '2_b.up.sql': 'create index i on t (a)',
    '2_b.down.sql': 'drop tabel t',
    '3_c.up.sql': 'commit;\nrollback;',
  };
  expect(await found(files)).toEqual([
    'm/1_a.up.sql:1:1 syntax-error',
    'm/2_b.up.sql:1:1 index-blocks-writes',
    'm/3_c.up.sql:2:1 transaction-control',
  ]);
  const { '1_a.up.sql': _, '3_c.up.sql': __, ...fine } = files;
  expect(await found(fine)).toEqual([
    'm/2_b.down.sql:1:6 syntax-error',
    'm/2_b.up.sql:1:1 index-blocks-writes',
  ]);
});

test('what is known of the folder is told; --since leaves out what is older', async () => {
  const files = {
    '001_a.sql': 'begin; create index if not exists i on t (a); commit',
    '002_b.sql': '-- nothing',
    '004_d.sql': 'drop table if exists t',
  };
  expect(await found(files)).toEqual([
    'm/001_a.sql:1:1 transaction-understood',
    'm/001_a.sql:1:8 index-blocks-writes',
    'm/004_d.sql:1:1 drops-data',
    'empty',
    'gap',
  ]);
  expect(await found(files, { since: '2' })).toEqual(['m/004_d.sql:1:1 drops-data', 'empty', 'gap']);
});

test('the command: text, annotations, SARIF, exit codes', async () => {
  await withFolder({ '1_a%.up.sql': 'update t set a = 1' }, async (folder) => {
    const run = (...args: string[]) => cliInProcess(['lint', '-m', '.', ...args], { folder });
    const { code, stdout } = await run();
    expect([code, stdout]).toEqual([
      0,
      `1_a%.up.sql:1:1: warning: UPDATE without WHERE writes every row of t anew, in one transaction. [all-rows]
  Instead: Say which rows, or go through them in batches.
  See: docs/guides/idempotent-sql.md#fill-a-column-in-batches
1 file in . read, no database asked: 1 warning.
`,
    ]);
    expect((await run('--strict')).code).toBe(1);
    expect((await run('--format', 'github')).stdout).toBe(
      '::warning file=1_a%25.up.sql,line=1,col=1,title=all-rows::UPDATE without WHERE writes every row of t anew, in one transaction.%0ASay which rows, or go through them in batches.\n',
    );
    const sarif = JSON.parse((await run('--format', 'sarif')).stdout);
    expect(sarif).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'registry-jobs', rules: [{ id: 'all-rows' }] } },
          results: [
            {
              ruleId: 'all-rows',
              ruleIndex: 0,
              level: 'warning',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: '1_a%25.up.sql' },
                    region: { startLine: 1, startColumn: 1 },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });
  const none = await withFolder({ '1_a.up.sql': 'select 1' }, (folder) => lint(folder, 'm'));
  expect(renderLintReport(none)).toBe('1 file in m read, no database asked: nothing found.');
  expect([renderLintForGitHub(none), lintAsSarif(none, '1')]).toMatchObject([
    '',
    { runs: [{ results: [] }] },
  ]);
});

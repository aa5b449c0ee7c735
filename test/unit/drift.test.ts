import { beforeAll, expect, test } from 'vitest';
import { defaultGrants, translateGrants, withoutBuiltIn } from '../../lib/plan/access.ts';
import { makeComparable, type Seen } from '../../lib/plan/comparable.ts';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import { filesToCompare } from '../../lib/plan/drift.ts';
import type { JournalRow } from '../../lib/plan/known.ts';
import { keyOf, type SnapshotObject } from '../../lib/plan/snapshot.ts';
import { isSameSql } from '../../lib/postgres/drift/same-sql.ts';
import { loadParser } from '../../lib/postgres/parser/parser.ts';
import { describeDifference } from '../../lib/reports/difference.ts';
import type { DriftReport } from '../../lib/reports/drift.ts';
import { renderDrift } from '../../lib/reports/drift-text.ts';
import { compile } from '../support/migrations.ts';

beforeAll(() => loadParser());

/** Left as Postgres 18 writes it, right as 13 does. */
test.each([
  ['SELECT id FROM t', 'SELECT t.id FROM t'],
  [
    'SELECT EXTRACT(year FROM born) AS y FROM p WHERE (EXTRACT(dow FROM born) = (3)::numeric)',
    "SELECT date_part('year'::text, p.born) AS y FROM p WHERE (date_part('dow'::text, p.born) = (3)::double precision)",
  ],
  ["SELECT TRIM(BOTH 'x'::text FROM name) FROM p", "SELECT btrim((p.name)::text, 'x'::text) FROM p"],
  ["CHECK ((SUBSTRING(label FROM 2) <> 'x'::text))", `CHECK (("substring"(label, 2) <> 'x'::text))`],
  ["(touched AT TIME ZONE 'UTC'::text)", "timezone('UTC'::text, touched)"],
  ["a integer, b text DEFAULT 'x'::text", "a integer, b text DEFAULT 'x'::text"],
])('the same in the words of two versions: %s', (newer, older) => {
  expect(isSameSql(newer, older)).toBe(true);
  expect(isSameSql(older, newer)).toBe(true);
});

test.each([
  ['SELECT id FROM t', 'SELECT t.other FROM t'],
  ['SELECT id FROM t', 'SELECT id FROM t WHERE true'],
  ['SELECT a.id FROM a JOIN b ON true', 'SELECT b.id FROM a JOIN b ON true'],
  ['(size > 3)', '(size > 4)'],
  ["(note = 'a'::text)", "(note = 'b'::text)"],
  ['f((id)::text)', 'f(id)'],
  ['EXTRACT(year FROM born)', "date_part('month'::text, born)"],
  ['CHECK ((a > 0))', 'CHECK ((a > 0)) NOT VALID'],
  ['no SQL at all', 'no SQL either'],
])('not the same, whatever the versions: %s and %s', (one, other) => {
  expect(isSameSql(one, other)).toBe(false);
});

test('grants are told in the names of the other side', () => {
  const rules = {
    nameOf: (role: string) => (role === 'postgres' ? 'My app' : role),
    owner: true,
    unknown: /m\*?/g,
  };
  expect(
    translateGrants(['postgres=arwdDxtm/postgres', 'web=rm*/postgres', '=r/postgres'], 'postgres', rules),
  ).toEqual(['"My app"=arwdDxt/"My app"', '=r/"My app"', 'web=r/"My app"']);
  // Of one who has nothing but what the other does not know nothing is left.
  expect(translateGrants(['web=m/postgres'], 'postgres', rules)).toBeUndefined();
  const anybody = { ...rules, owner: false };
  expect(translateGrants(['postgres=r/postgres', 'web=r/bob'], 'postgres', anybody)).toEqual([
    '(owner)=r/',
    'web=r/',
  ]);
  expect(withoutBuiltIn(['o=UC/o', '=U/o', 'web=U/o'], 'o')).toEqual(['web=U/o']);
  expect(defaultGrants('function', 'o', { byOwner: true, maintains: true })).toEqual(['=X/o', 'o=X/o']);
});

const object = (kind: string, name: string, properties: Readonly<Record<string, unknown>>, of?: string) => ({
  ...{ kind, name, properties: JSON.stringify(properties) },
  ...(of !== undefined && { of }),
});

function seen(major: number, role: string, ...objects: readonly SnapshotObject[]): Seen {
  return { major, role, snapshot: new Map(objects.map((one) => [keyOf(one), one])) };
}

function told(files: Seen, there: Seen, options = {}): string[] {
  const comparable = makeComparable(files, there, options);
  return compareSnapshots(comparable.files, comparable.there).map(describeDifference);
}

test('what a version does not know is no difference, and what it knows is one', () => {
  const table = 'table public.t';
  const newer = seen(
    18,
    'a',
    object('table', 'public.t', { owner: 'a', 'privileges[]': null, since18: 'x', comment: 'One.' }),
    object('not-null constraint', 't_id_not_null', { definition: 'NOT NULL id' }, table),
    object('schema', 'public', {
      owner: 'pg_database_owner',
      'privileges[]': '["=U/pg_database_owner","web=U/pg_database_owner"]',
    }),
  );
  const older = seen(
    13,
    'b',
    object('table', 'public.t', { owner: 'b', 'privileges[]': null }),
    object('schema', 'public', { owner: 'postgres', 'privileges[]': '["=UC/postgres","web=U/postgres"]' }),
  );
  expect(told(newer, older)).toEqual(['table public.t lost its comment: One.']);
  expect(told(newer, { ...older, major: 18 })).toContain(
    'table public.t lost its not-null constraint t_id_not_null: NOT NULL id',
  );
  expect(makeComparable(newer, older).notCompared).toContain('not-null constraints of tables by their names');
  expect(makeComparable(newer, { ...older, major: 18 }).notCompared).toEqual([]);
});

test('somebody else than who runs the files is told, unless owners or privileges are left out', () => {
  const files = seen(18, 'me', object('view', 'public.v', { owner: 'me', 'privileges[]': null }));
  const there = seen(
    18,
    'app',
    object('view', 'public.v', { owner: 'bob', 'privileges[]': '["bob=arwdDxtm/bob","web=r/bob"]' }),
    object('default privileges', 'of app on tables', { 'privileges[]': '["web=r/app"]' }),
  );
  expect(told(files, there)).toEqual([
    'default privileges of app on tables is new',
    'view public.v: owner app -> bob',
    'web now has SELECT on view public.v',
  ]);
  expect(told(files, there, { owner: false })).toContain('web now has SELECT on view public.v');
  expect(told(files, there, { owner: false, privileges: false })).toEqual([]);
});

test('which files are compared is what the ledger says of them', async () => {
  const { migrations } = await compile({
    'initial_schema.sql': 'select 0;',
    '001_a.sql': 'select 1;',
    '002_b.sql': 'select 2;',
    '003_renamed.sql': 'select 3;',
    '004_half.sql': '-- registry-jobs: transaction off\nselect 4;',
    '005_new.sql': 'select 5;',
  });
  const checksum = (version: string) => migrations.find((one) => one.version === version)?.up.checksum ?? '';
  const half = { version: '004_half', transaction: false, status: 'failed', direction: 'up' } as JournalRow;
  const found = filesToCompare(migrations, {
    ledger: [
      { version: '001_a', checksum: checksum('001_a') },
      { version: '002_b', checksum: 'another' },
      { version: '003_old', checksum: checksum('003_renamed') },
      { version: '004_half' },
      { version: '006_gone' },
    ],
    unsettled: [half],
  });
  expect(found.applied.map(({ version }) => version)).toEqual([
    'initial_schema',
    '001_a',
    '002_b',
    '003_renamed',
  ]);
  expect({ ...found, applied: [] }).toEqual({
    applied: [],
    pending: ['005_new'],
    edited: ['migrations/002_b.sql'],
    withoutFile: ['006_gone'],
    unfinished: ['004_half'],
  });
  // Nothing is applied to a ledger without rows; where nobody says, all is.
  expect(filesToCompare(migrations, { ledger: [] }).applied).toEqual([]);
  expect(filesToCompare(migrations, undefined).applied).toEqual(migrations);
});

const REPORT: DriftReport = {
  ...{ code: 'drift', status: 'none', appliedBy: 'ledger', applied: 2 },
  database: { host: 'db', port: 5432, name: 'shop', user: 'me', serverVersion: '17.2' },
  server: { version: '18.1', source: 'an embedded server' },
  ...{ pending: [], edited: [], withoutFile: [], unfinished: [], madeBefore: [], notCompared: [] },
  ...{ onlyThere: [], onlyInFiles: [], different: [] },
};

test.each<[string, Partial<DriftReport>, string]>([
  [
    'nothing',
    {},
    `The catalog of shop on db:5432 as me is what its files make: 2 applied files,
run on an embedded server (Postgres 18.1).`,
  ],
  [
    'what it could not look at',
    {
      status: 'not-shown',
      failed: {
        sqlstate: '42704',
        message: 'type "x" does not exist',
        location: { file: 'm/1_a.sql', line: 3, column: 1 },
      },
    },
    `m/1_a.sql:3:1: It does not run on an embedded server: type "x" does not exist
(SQLSTATE 42704)
shop on db:5432 as me was not compared: its 2 applied files do not run on an
embedded server.
What to do: Where it is that server that lacks something, such as an extension,
name one that has it: registry-jobs prove --server URL --against URL`,
  ],
  [
    'each part in its place, and what is to be known',
    {
      status: 'found',
      appliedBy: 'no-ledger',
      onlyThere: [{ kind: 'table', name: 'public.t', after: '' }],
      onlyInFiles: [{ kind: 'view', name: 'public.v', before: '' }],
      different: [
        {
          kind: 'column',
          name: 'size',
          of: 'table public.t',
          property: 'type',
          before: 'integer',
          after: 'bigint',
        },
      ],
      edited: ['m/1_a.sql'],
      withoutFile: ['9_x'],
      unfinished: ['3_c'],
      madeBefore: ['app'],
      notCompared: ['owners', 'the privilege MAINTAIN'],
    },
    `There, and not in the files:
  table public.t is new

In the files, and not there:
  view public.v is gone

Different, from the files to the database:
  column public.t.size: integer -> bigint

Note: It has no ledger of ours: all files are taken for applied.
Note: m/1_a.sql was applied there in another text: it is the text of today that
  was run.
Note: 9_x is applied there without a file: what it made is not in the files.
Note: 3_c is not finished there, and was not run.
Note: The files need the schema app, and do not make it: it was made before them
  here, as there.
Note: Not compared (Postgres 18.1 here, 17.2 there): owners and the privilege
  MAINTAIN.
3 differences between shop on db:5432 as me and its files: 2 applied files, run
on an embedded server (Postgres 18.1). [drift]
What to do: Write a migration for what is meant, and undo what is not. See
docs/guides/drift.md`,
  ],
])('a report tells %s', (_, changes, text) => {
  expect(renderDrift({ ...REPORT, ...changes })).toBe(text);
});

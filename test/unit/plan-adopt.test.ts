import { expect, test } from 'vitest';
import type { Migration } from '../../lib/migrations/migration.ts';
import { planAdoptFlyway } from '../../lib/plan/adopt-flyway.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';

const up = await parseScript('x.sql', 'select 1');
const files = ['001', '002', '003'].map((digits): Migration => {
  const version = `${digits}_a`;
  return { version, number: BigInt(digits).toString(), title: 'a', style: 'plain', up };
});

const row = (version: string | null, type = 'SQL', success = true) => ({
  version,
  type,
  success,
  script: `V${version}.sql`,
});
const KEPT = 'Flyway keeps its own table; it is left as it is.';

test.each([
  { name: 'what is applied', rows: [row('1'), row('2')], versions: ['001_a', '002_a'] },
  {
    name: 'what was undone',
    rows: [row('1'), row('2'), row('2', 'UNDO_SQL'), row('1', 'UNDO_JDBC')],
    versions: [],
    notes: ['It undid or deleted these versions, so they are pending: 1, 2.'],
  },
  {
    name: 'what was undone and applied again',
    rows: [row('1'), row('1', 'UNDO_SQL'), row('1')],
    versions: ['001_a'],
  },
  {
    name: 'one version written in two ways',
    rows: [row('1'), row('001', 'UNDO_SQL')],
    versions: [],
    notes: ['It undid or deleted these versions, so they are pending: 001.'],
  },
  {
    name: 'a baseline',
    rows: [row('2', 'BASELINE'), row('3')],
    versions: ['001_a', '002_a', '003_a'],
    notes: ['Its baseline is 2: what comes up to there was in the database before Flyway.'],
  },
  {
    name: 'a baseline by a script, between two files',
    rows: [row('1.1', 'SQL_BASELINE')],
    versions: ['001_a'],
    notes: ['Its baseline is 1.1: what comes up to there was in the database before Flyway.'],
  },
  {
    name: 'versions of no file, and rows without a version',
    rows: [row(null, 'SCHEMA'), row('1.1'), row('7'), row(null), row('3')],
    versions: ['003_a'],
    notes: ['No file has the number of these versions: 1.1, 7.'],
  },
])('Flyway: $name', ({ rows, versions, notes = [] }) => {
  const plan = planAdoptFlyway(files, rows);
  expect(plan.problems).toEqual([]);
  expect(plan.changes.map(({ version }) => version)).toEqual(versions);
  expect(plan.notes).toEqual([KEPT, ...notes]);
});

test.each([
  [row('2', 'SQL', false), 'Flyway says that version 2 failed.'],
  [{ ...row(null, 'SQL', false), script: 'R__views.sql' }, 'Flyway says that R__views.sql failed.'],
])('Flyway: %o failed', (failed, message) => {
  const { problems, changes } = planAdoptFlyway(files, [row('1'), failed]);
  expect(problems).toMatchObject([{ code: 'dirty', message }]);
  expect(changes).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Migration } from '../../lib/migrations/migration.ts';
import { doneChecksum } from '../../lib/migrations/script/done-checksum.ts';
import type { JournalRow } from '../../lib/plan/known.ts';
import { planResume, type ResumeTarget } from '../../lib/plan/resume.ts';
import { planUp } from '../../lib/plan/up.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';

const OFF = '-- registry-jobs: transaction off\n';
const BODY = `select 1;\n\ninsert into  n\n  values (42);\nselect 3;`;

async function pair(version: string, down = BODY): Promise<Migration> {
  const up = await parseScript(`${version}_a.up.sql`, OFF + BODY);
  const back = await parseScript(`${version}_a.down.sql`, OFF + down);
  return { version, number: version, title: 'a', style: 'versioned', up, down: back };
}

const [one, two] = [await pair('1'), await pair('2')];

function stopped(migration: Migration, changes: Partial<JournalRow> = {}): JournalRow {
  const done = changes.done ?? 1;
  return {
    runId: 'r',
    version: migration.version,
    file: migration.up.file,
    checksum: migration.up.checksum,
    direction: 'up',
    transaction: false,
    status: 'failed',
    statements: 3,
    done,
    doneChecksum: doneChecksum(migration.up, done),
    startedAt: '2026-11-01T02:00:00',
    who: 'w',
    dbUser: 'u',
    toolVersion: '0',
    ...changes,
  };
}

interface Case {
  readonly name: string;
  readonly files: readonly Migration[];
  readonly rows: readonly JournalRow[];
  readonly target?: ResumeTarget;
  /** Direction, version, and how many statements count as done. */
  readonly tasks?: readonly string[];
  readonly problem?: string;
  readonly hint?: string;
}

const BY_HAND =
  'Or mend the database by hand and say what the version is now.\nApplied: registry-jobs force 1\nNot applied: registry-jobs force 1 --remove';
const { down: _, ...onlyUp } = one;

const cases: readonly Case[] = [
  { name: 'after what is done', files: [one], rows: [stopped(one)], tasks: ['up 1 after 1'] },
  { name: 'at its beginning', files: [one], rows: [stopped(one, { done: 0 })], tasks: ['up 1 after 0'] },
  {
    name: 'at its end, when only its row was missing',
    files: [one],
    rows: [stopped(one, { done: 3 })],
    tasks: ['up 1 after 3'],
  },
  {
    name: 'the way down, with the down file',
    files: [one],
    rows: [stopped(one, { direction: 'down', file: '1_a.down.sql' })],
    tasks: ['down 1 after 1'],
  },
  {
    name: 'the way down, with no down file: never with the up file',
    files: [onlyUp],
    rows: [stopped(one, { direction: 'down', file: '1_a.down.sql', done: 0 })],
    problem: '1_a.down.sql stopped at its first statement, of 3, and is not there any more.',
    hint: `Restore 1_a.down.sql, then go on with: registry-jobs resume\n${BY_HAND}`,
  },
  {
    name: 'an up file that is gone',
    files: [{ ...two, up: (await pair('3', 'select 1;')).down ?? two.up }],
    rows: [stopped(one, { done: 2 })],
    problem: '1_a.up.sql stopped after statement 2 of 3, and is not there any more.',
    hint: `Restore 1_a.up.sql, then go on with: registry-jobs resume\n${BY_HAND}`,
  },
  {
    name: 'a file that was changed where it is done',
    files: [one],
    rows: [stopped(one, { done: 2, doneChecksum: 'another' })],
    problem: '1_a.up.sql was changed in its first 2 statements, which are done.',
    hint: `Restore them as they were, then go on with: registry-jobs resume\n${BY_HAND}`,
  },
  {
    name: 'one that was changed in the only statement that is done',
    files: [one],
    rows: [stopped(one, { done: 1, doneChecksum: 'another' })],
    problem: '1_a.up.sql was changed in its first statement, which is done.',
    hint: `Restore it as it was, then go on with: registry-jobs resume\n${BY_HAND}`,
  },
  {
    name: 'a statement whose answer was lost',
    files: [one],
    rows: [stopped(one, { uncertain: true })],
    problem: 'Statement 2 of 3, 1_a.up.sql:4 (insert into n values (42)), may be done, or part of it.',
    hint: 'Look in the database for what statement 2 does, and finish or undo by hand what is there in part.\nIf it is not there: registry-jobs resume --from 2\nIf it is: registry-jobs resume --from 3',
  },
  {
    name: 'the first statement, of the way down, likewise',
    files: [one],
    rows: [stopped(one, { direction: 'down', file: '1_a.down.sql', done: 0, uncertain: true })],
    problem: 'Statement 1 of 3, 1_a.down.sql:2 (select 1), may be done, or part of it.',
    hint: 'Look in the database for what statement 1 does, and finish or undo by hand what is there in part.\nIf it is not there: registry-jobs resume --from 1\nIf it is: registry-jobs resume --from 2',
  },
  {
    name: 'nothing is uncertain after the last statement',
    files: [one],
    rows: [stopped(one, { done: 3, uncertain: true })],
    tasks: ['up 1 after 3'],
  },
  {
    name: '--from: it is not done',
    files: [one],
    rows: [stopped(one, { uncertain: true })],
    target: { from: 2 },
    tasks: ['up 1 after 1'],
  },
  {
    name: '--from: it is done',
    files: [one],
    rows: [stopped(one, { uncertain: true })],
    target: { from: 3 },
    tasks: ['up 1 after 2'],
  },
  {
    name: '--from: the last one is done as well',
    files: [one],
    rows: [stopped(one, { done: 2, uncertain: true })],
    target: { from: 4 },
    tasks: ['up 1 after 3'],
  },
  {
    name: '--from: from the start',
    files: [one],
    rows: [stopped(one)],
    target: { from: 1 },
    tasks: ['up 1 after 0'],
  },
  ...[0, -1, 5, 1.5, Number.NaN].map(
    (from): Case => ({
      name: `--from: ${from} is no statement`,
      files: [one],
      rows: [stopped(one)],
      target: { from },
      problem: `1_a.up.sql has 3 statements: it cannot go on from statement ${from}.`,
      hint: 'Say a number from 1 to 3, or 4 when all of them are done: registry-jobs resume --from 2',
    }),
  ),
  {
    name: '--from: two files',
    files: [one, two],
    rows: [stopped(one), stopped(two)],
    target: { from: 2 },
    problem: '2 files stopped half way, and --from says nothing of which: 1_a.up.sql and 2_a.up.sql.',
    hint: 'Name the one that you mean:\nregistry-jobs resume 1 --from 2\nregistry-jobs resume 2 --from 2',
  },
  {
    name: '--from: two files, one of them named',
    files: [one, two],
    rows: [stopped(one), stopped(two)],
    target: { version: '02', from: 3 },
    tasks: ['up 2 after 2'],
  },
  {
    name: 'two files',
    files: [one, two],
    rows: [stopped(one), stopped(two, { done: 2 })],
    tasks: ['up 1 after 1', 'up 2 after 2'],
  },
  {
    name: '--from: no file',
    files: [one],
    rows: [],
    target: { from: 2 },
    problem: 'No file stopped half way, so there is no statement to go on from.',
    hint: 'See what is applied: registry-jobs status',
  },
  {
    name: 'a version that did not stop',
    files: [one, two],
    rows: [stopped(one)],
    target: { version: '2' },
    problem: '2 did not stop half way, so there is no statement to go on from.',
    hint: 'See what is applied: registry-jobs status',
  },
  {
    name: 'a version that is not there',
    files: [one],
    rows: [stopped(one)],
    target: { version: '1_typo' },
    problem: 'There is no migration 1_typo.',
    hint: 'See the versions with: registry-jobs status',
  },
];

test.each(cases)('resume: $name', ({ files, rows, target, tasks = [], problem, hint }) => {
  const plan = planResume(files, { ledger: [], unsettled: rows }, target);
  expect(
    plan.tasks.map(({ direction, migration, from }) => `${direction} ${migration.version} after ${from}`),
  ).toEqual(tasks);
  expect(plan.problems.map(({ message }) => message)).toEqual(problem === undefined ? [] : [problem]);
  expect(plan.problems.map((report) => report.hint)).toEqual(hint === undefined ? [] : [hint]);
});

test('up tells of a statement whose answer was lost, and what to type', () => {
  const { problems } = planUp([one], { ledger: [], unsettled: [stopped(one, { uncertain: true })] });
  expect(problems).toEqual([
    {
      code: 'half-done',
      message:
        '1_a.up.sql runs without a transaction and stopped after statement 1 of 3; statement 2 may be done, or part of it.',
      hint: `Look in the database for what statement 2 does, and finish or undo by hand what is there in part.\nIf it is not there: registry-jobs resume --from 2\nIf it is: registry-jobs resume --from 3\n${BY_HAND}`,
    },
  ]);
});

import { describe, expect, test } from 'vitest';
import type { Migration } from '../../lib/migrations/migration.ts';
import { defaultDirectives } from '../../lib/migrations/script/directives.ts';
import type { JournalRow, Known, LedgerRow } from '../../lib/plan/known.ts';
import { type PlanOptions, planUp } from '../../lib/plan/up.ts';

const plain = (name: string, checksum = 'same'): Migration => ({
  version: name,
  number: BigInt(name.split('_')[0] ?? '').toString(),
  title: name,
  style: 'plain',
  up: {
    file: `${name}.sql`,
    text: 'select 1',
    checksum,
    statements: [{ start: 0, end: 8, line: 1, kind: 'SelectStmt' }],
    directives: defaultDirectives,
    expectations: [],
  },
});
const repeatable = (version: string, checksum = 'same'): Migration => {
  const { number: _, ...rest } = plain('0_x', checksum);
  return { ...rest, version, style: 'repeatable', up: { ...rest.up, file: `${version}.sql` } };
};
const initial: Migration = { ...repeatable('initial_schema'), style: 'initial' };
const attempt = (changes: Pick<JournalRow, 'version' | 'status' | 'done'>): JournalRow => ({
  runId: 'r',
  file: '1_a.sql',
  checksum: 'same',
  direction: 'up',
  transaction: false,
  statements: 3,
  startedAt: 's',
  who: 'w',
  dbUser: 'u',
  toolVersion: '0',
  ...changes,
});
const pair = (number: string): Migration => ({
  ...plain(`${number}_p`),
  version: number,
  style: 'versioned',
});
const done = (version: string, checksum?: string): LedgerRow => ({
  version,
  startedAt: 's',
  finishedAt: 'f',
  ...(checksum && { checksum }),
});
const started = (version: string): LedgerRow => ({ version, startedAt: '2026-01-01' });

interface Case {
  readonly name: string;
  readonly files: readonly Migration[];
  readonly ledger?: readonly LedgerRow[];
  readonly known?: Omit<Known, 'ledger'>;
  readonly options?: PlanOptions;
  readonly pending?: readonly string[];
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'an empty ledger', files: [plain('1_a'), plain('2_b')], pending: ['1_a', '2_b'] },
  { name: 'everything applied', files: [plain('1_a')], ledger: [done('1_a', 'same')] },
  { name: 'the rest', files: [plain('1_a'), plain('2_b')], ledger: [done('1_a', 'same')], pending: ['2_b'] },
  { name: 'a ledger without checksums', files: [plain('1_a')], ledger: [{ version: '1_a' }] },
  {
    name: 'a file edited after it was applied',
    files: [plain('1_a', 'new')],
    ledger: [done('1_a', 'old')],
    problems: ['1_a.sql was changed after it was applied.'],
  },
  {
    name: 'an applied version without a file',
    files: [plain('1_a')],
    ledger: [done('1_a'), done('2_b', 'that')],
    problems: ['Version 2_b is applied but has no file.'],
  },
  {
    name: 'versions that another tool applied are its own business',
    files: [plain('1_a')],
    ledger: [done('2019'), { version: '2020' }, { version: '2021' }, { version: '2022' }],
    pending: ['1_a'],
    warnings: ['4 versions were applied by another tool and have no file: 2019, 2020, 2021 and 1 more.'],
  },
  {
    name: 'unless one of them looks like a pending file',
    files: [plain('02019_a'), pair('2020')],
    ledger: [{ version: '2019' }, { version: '0002020' }, { version: 'x' }],
    pending: ['02019_a', '2020'],
    problems: [
      '02019_a.sql has the number of 2019, which another tool applied.',
      '2020_p.sql has the number of 0002020, which another tool applied.',
    ],
    warnings: ['1 version was applied by another tool and has no file: x.'],
  },
  {
    name: 'versions of Flyway that look like pending files',
    files: [plain('001_a'), plain('002_b'), plain('003_c')],
    ledger: [done('001_a', 'same')],
    known: { flyway: ['1', '1.1', '2'] },
    pending: ['002_b', '003_c'],
    problems: ['002_b.sql has the number of 2, which Flyway applied.'],
  },
  {
    name: 'an older bundle on a newer database',
    files: [plain('1_a')],
    ledger: [done('1_a'), done('2_b', 'that')],
    options: { missingFiles: 'warn' },
    warnings: ['Version 2_b is applied but has no file.'],
  },
  {
    name: 'a file older than the newest applied one',
    files: [plain('1_a'), plain('2_b'), plain('3_c')],
    ledger: [done('2_b')],
    pending: ['1_a', '3_c'],
    problems: ['1_a.sql is older than 2_b.sql, which is applied.'],
  },
  {
    name: 'the same, allowed',
    files: [plain('1_a'), plain('2_b')],
    ledger: [done('2_b')],
    options: { outOfOrder: true },
    pending: ['1_a'],
    warnings: ['1_a.sql is older than 2_b.sql, which is applied.'],
  },
  {
    name: 'no more than was asked for',
    files: [plain('1_a'), plain('2_b'), plain('3_c')],
    ledger: [done('1_a')],
    options: { steps: 1 },
    pending: ['2_b'],
  },
  { name: 'numbers, not texts', files: [pair('9'), pair('10')], ledger: [done('9')], pending: ['10'] },
  {
    name: 'a gap',
    files: [plain('001_a'), plain('003_c')],
    pending: ['001_a', '003_c'],
    warnings: ['Nothing between 001_a.sql and 003_c.sql.'],
  },
  {
    name: 'dates have gaps by nature',
    files: [pair('20190101'), pair('20200101')],
    pending: ['20190101', '20200101'],
  },
  {
    name: 'a plain file that never finished runs again',
    files: [plain('1_a')],
    ledger: [started('1_a')],
    pending: ['1_a'],
    warnings: ['1_a.sql was started at 2026-01-01 and never finished; it runs again.'],
  },
  {
    name: 'a versioned one that never finished needs a person',
    files: [pair('1')],
    ledger: [started('1')],
    problems: ['1_p.sql was started at 2026-01-01 and never finished.'],
  },
  {
    name: 'a repeatable file comes last, and again when it changed',
    files: [plain('1_a'), repeatable('R_same'), repeatable('R_views', 'new')],
    ledger: [done('R_same', 'same'), done('R_views', 'old')],
    pending: ['1_a', 'R_views'],
  },
  {
    name: 'an initial schema is for an empty database',
    files: [initial, plain('1_a')],
    known: { isEmpty: true },
    pending: ['initial_schema', '1_a'],
  },
  { name: 'and for no other', files: [initial, plain('1_a')], known: { isEmpty: false }, pending: ['1_a'] },
  { name: 'nor twice', files: [initial, plain('1_a')], ledger: [done('initial_schema')], pending: ['1_a'] },
  {
    name: 'up to a version, by its number or its name',
    files: [initial, pair('9'), pair('10'), pair('11'), repeatable('R_v')],
    known: { isEmpty: true },
    options: { to: '10' },
    pending: ['initial_schema', '9', '10'],
  },
  {
    name: 'up to a plain version',
    files: [plain('001_a'), plain('002_b')],
    options: { to: '1' },
    pending: ['001_a'],
  },
  {
    name: 'up to a version that is not there',
    files: [plain('1_a')],
    options: { to: '7' },
    pending: ['1_a'],
    problems: ['There is no migration 7.'],
  },
  {
    name: 'a file renamed after it was applied',
    files: [plain('2_new_name', 'that')],
    ledger: [done('1_old_name', 'that')],
    problems: ['2_new_name.sql is what was applied as 1_old_name.'],
  },
  {
    name: 'a renamed file is not out of order as well',
    files: [plain('2_new', 'that'), plain('3_c')],
    ledger: [done('1_old', 'that'), done('3_c', 'same')],
    problems: ['2_new.sql is what was applied as 1_old.'],
  },
  {
    name: 'a text that two new files have',
    files: [plain('2_a', 'that'), plain('3_b', 'that')],
    ledger: [done('1_old', 'that')],
    pending: ['2_a', '3_b'],
    problems: ['Version 1_old is applied but has no file; 2_a.sql and 3_b.sql have its text.'],
  },
  {
    name: 'a new file whose text two applied versions had',
    files: [plain('3_b', 'that')],
    ledger: [done('1_old', 'that'), done('2_old', 'that')],
    pending: ['3_b'],
    problems: [
      'Version 1_old is applied but has no file; 3_b.sql has its text.',
      'Version 2_old is applied but has no file; 3_b.sql has its text.',
    ],
  },
  {
    name: 'a plain file run again on purpose',
    files: [plain('1_a', 'new'), plain('2_b')],
    ledger: [done('1_a', 'old'), done('2_b', 'same')],
    options: { rerun: ['1_a'] },
    pending: ['1_a'],
    warnings: [
      '1_a.sql runs again though newer files are applied: what they replaced of it, it brings back.',
    ],
  },
  {
    name: 'the same, by its number alone',
    files: [plain('001_a')],
    ledger: [done('001_a', 'same')],
    options: { rerun: ['1'] },
    pending: ['001_a'],
  },
  {
    name: 'what is to run again and is not there',
    files: [plain('001_a')],
    ledger: [done('001_a', 'same')],
    options: { rerun: ['001_typo', '2', '001'] },
    pending: ['001_a'],
    problems: ['There is no migration 001_typo.', 'There is no migration 2.'],
  },
  {
    name: 'what is to run again and is pending, whatever it is, is applied',
    files: [plain('1_a'), pair('2'), repeatable('R_v', 'new')],
    ledger: [done('R_v', 'old')],
    options: { rerun: ['1', '2', 'R_v'] },
    pending: ['1_a', '2', 'R_v'],
  },
  {
    name: 'a repeatable file and an initial schema cannot be run again',
    files: [initial, plain('1_a'), repeatable('R_v')],
    ledger: [done('1_a', 'same'), done('R_v', 'same')],
    options: { rerun: ['R_v', 'initial_schema'] },
    problems: ['initial_schema.sql is not a plain file.', 'R_v.sql is not a plain file.'],
  },
  {
    name: 'a renamed file cannot be run again',
    files: [plain('2_new', 'that')],
    ledger: [done('1_old', 'that')],
    options: { rerun: ['2_new'], missingFiles: 'warn' },
    warnings: ['2_new.sql is what was applied as 1_old; it is not run again.'],
    problems: ['2_new.sql was applied under another name.'],
  },
  {
    name: 'an applied file run again beyond --to',
    files: [plain('1_a'), plain('2_b'), plain('3_c')],
    ledger: [done('1_a', 'same'), done('2_b', 'same')],
    options: { to: '1', rerun: ['2'] },
    pending: ['2_b'],
  },
  {
    name: 'a pending file beyond --to',
    files: [plain('1_a'), plain('2_b')],
    options: { to: '1', rerun: ['2'] },
    pending: ['1_a'],
    problems: ['2_b.sql is pending and comes after 1_a, the last one to apply.'],
  },
  {
    name: 'up to a file without a number',
    files: [plain('1_a'), repeatable('R_v')],
    options: { to: 'R_v' },
    pending: ['1_a', 'R_v'],
    problems: ['R_v.sql has no number, so nothing comes before or after it.'],
  },
  {
    name: 'a pair cannot be run again',
    files: [pair('1')],
    ledger: [done('1', 'same')],
    options: { rerun: ['1'] },
    problems: ['1_p.sql is not a plain file.'],
  },
  {
    name: 'a file without a transaction that stopped half way',
    files: [plain('1_a')],
    known: { unsettled: [attempt({ version: '1_a', status: 'failed', done: 1 })] },
    problems: ['1_a.sql runs without a transaction and stopped after statement 1 of 3.'],
  },
  {
    name: 'the same, though it wrote its own row before it failed',
    files: [plain('1_a')],
    ledger: [done('1_a')],
    known: { unsettled: [attempt({ version: '1_a', status: 'failed', done: 1 })] },
    problems: ['1_a.sql runs without a transaction and stopped after statement 1 of 3.'],
  },
  {
    name: 'a way down that stopped half way is called by the down file',
    files: [pair('1')],
    ledger: [done('1', 'same')],
    known: {
      unsettled: [
        {
          ...attempt({ version: '1', status: 'interrupted', done: 0 }),
          direction: 'down',
          file: '1_p.down.sql',
        },
      ],
    },
    problems: ['1_p.down.sql runs without a transaction and stopped at its first statement, of 3.'],
  },
  {
    name: 'a file that stopped half way and is gone',
    files: [plain('2_b')],
    known: { unsettled: [attempt({ version: '1_a', status: 'failed', done: 1 })] },
    pending: ['2_b'],
    problems: ['1_a.sql runs without a transaction and stopped after statement 1 of 3.'],
  },
  {
    name: 'the same, for an older bundle',
    files: [plain('2_b')],
    known: { unsettled: [attempt({ version: '1_a', status: 'failed', done: 1 })] },
    options: { missingFiles: 'warn' },
    pending: ['2_b'],
    warnings: ['1_a.sql runs without a transaction and stopped after statement 1 of 3.'],
  },
  {
    name: 'one that was settled since',
    files: [plain('1_a')],
    ledger: [done('1_a', 'same')],
    known: { unsettled: [attempt({ version: '1_a', status: 'applied', done: 3 })] },
  },
];

describe('the plan', () => {
  test.each(cases)(
    '$name',
    ({ files, ledger = [], known, options, pending = [], problems = [], warnings = [] }) => {
      const plan = planUp(files, { ledger, ...known }, options);
      expect(plan.tasks.map(({ migration }) => migration.version)).toEqual(pending);
      expect(plan.problems.map(({ message }) => message)).toEqual(problems);
      expect(plan.warnings.map(({ message }) => message)).toEqual(warnings);
    },
  );

  test('names every version once, with its state', () => {
    const plan = planUp([plain('1_a', 'new'), plain('2_b'), plain('3_c')], {
      ledger: [done('1_a', 'old'), done('2_b', 'same'), done('9_z', 'z'), done('2019')],
    });
    expect(plan.entries.map(({ version, state }) => `${version} ${state}`)).toEqual([
      '1_a edited',
      '2_b applied',
      '3_c pending',
      '9_z missing-file',
      '2019 other-tool',
    ]);
  });

  test('10,000 versions are planned quickly enough to do it on every run', () => {
    const files = Array.from({ length: 10_000 }, (_, index) => pair(String(index + 1)));
    const ledger = files.slice(0, 9_990).map(({ version }) => done(version, 'same'));
    const plan = planUp(files, { ledger });
    expect(plan.tasks).toHaveLength(10);
  });
});

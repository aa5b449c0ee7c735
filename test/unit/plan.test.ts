import { describe, expect, test } from 'vitest';
import type { LedgerRow } from '../../lib/core/migrations/ledger.ts';
import type { Migration } from '../../lib/core/migrations/migration.ts';
import { type PlanOptions, planUp } from '../../lib/core/migrations/plan.ts';

const plain = (name: string, checksum = 'same'): Migration => ({
  version: name,
  number: BigInt(name.split('_')[0] ?? '').toString(),
  title: name,
  style: 'plain',
  up: {
    file: `${name}.sql`,
    text: 'select 1',
    checksum,
    statements: [{ start: 0, end: 8, kind: 'SelectStmt' }],
  },
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
    ledger: [done('1_a'), done('2_b')],
    problems: ['Version 2_b is applied but has no file.'],
  },
  {
    name: 'an older bundle on a newer database',
    files: [plain('1_a')],
    ledger: [done('1_a'), done('2_b')],
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
];

describe('the plan', () => {
  test.each(cases)('$name', ({ files, ledger = [], options, pending = [], problems = [], warnings = [] }) => {
    const plan = planUp(files, ledger, options);
    expect(plan.pending.map(({ version }) => version)).toEqual(pending);
    expect(plan.problems.map(({ message }) => message)).toEqual(problems);
    expect(plan.warnings.map(({ message }) => message)).toEqual(warnings);
  });

  test('names every version once, with its state', () => {
    const plan = planUp(
      [plain('1_a', 'new'), plain('2_b'), plain('3_c')],
      [done('1_a', 'old'), done('2_b', 'same'), done('9_z')],
    );
    expect(plan.entries.map(({ version, state }) => `${version} ${state}`)).toEqual([
      '1_a edited',
      '2_b applied',
      '3_c pending',
      '9_z missing-file',
    ]);
  });

  test('10,000 versions are planned quickly enough to do it on every run', () => {
    const files = Array.from({ length: 10_000 }, (_, index) => pair(String(index + 1)));
    const plan = planUp(
      files,
      files.slice(0, 9_990).map(({ version }) => done(version, 'same')),
    );
    expect(plan.pending).toHaveLength(10);
  });
});

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { history } from '../../lib/jobs/history.ts';
import { up } from '../../lib/jobs/up.ts';
import { renderHistoryReport } from '../../lib/reports/history.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url);

/** Rows as runs write them, some of which began in the same moment. */
function writeRows(count: number): Promise<unknown> {
  return database.query(
    `insert into schema_migrations_journal
       (id, run_id, version, file, checksum, direction, transaction, status, statements, started_at, who, tool_version)
     select gen_random_uuid(), $1, 'v' || n, 'migrations/v' || n || '.sql', '', 'up', true, 'applied', 1,
       timestamp '2026-01-01' + interval '1 us' * (n / 3), 'me', '1' from generate_series(1, ${count}) n`,
    [randomUUID()],
  );
}

test('page by page all attempts come once, newest first, also those that began in one moment', async () => {
  await up(await compile({ '001_a.sql': 'select 1' }), settings());
  await writeRows(50);
  const seen: { version: string; startedAt: string }[] = [];
  let before: string | undefined;
  let pages = 0;
  do {
    const page = await history(settings(), { limit: 7, ...(before !== undefined && { before }) });
    seen.push(...page.attempts);
    before = page.next;
    pages++;
  } while (before !== undefined);
  expect(pages).toBe(8);
  expect(new Set(seen.map(({ version }) => version)).size).toBe(51);
  expect(seen).toHaveLength(51);
  expect(seen[0]?.version).toBe('001_a');
  // JSON leaves out the zeros at the end of a fraction.
  const times = seen.map(({ startedAt }) =>
    startedAt.replace(/(?:\.(\d+))?Z$/, (_, digits = '') => digits.padEnd(6, '0')),
  );
  expect(times).toEqual(times.toSorted().toReversed());
});

test('a page that ends with the last row is the last one', async () => {
  await up(await compile({ '001_a.sql': 'select 1', '002_b.sql': 'select 1/0' }), settings());
  const both = await history(settings(), { limit: 2 });
  expect(both).not.toHaveProperty('next');
  expect(both.attempts.map(({ version, status }) => [version, status])).toEqual([
    ['002_b', 'failed'],
    ['001_a', 'applied'],
  ]);
  const one = await history(settings(), { limit: 1 });
  expect(renderHistoryReport(one).split('\n').at(-1)).toBe(
    `Older ones: registry-jobs history --before ${one.next}`,
  );
  const { attempts, next } = await history(settings(), { limit: 1, before: one.next ?? '' });
  expect([attempts.map(({ version }) => version), next]).toEqual([['001_a'], undefined]);
});

test('a database without a journal has no attempt, which is said', async () => {
  const report = await history(settings());
  expect(report.attempts).toEqual([]);
  expect(renderHistoryReport(report)).toMatch(/\nNo attempt is on record\.$/);
});

test.each(['yesterday', '2026-01-01/', "2026-01-01T00:00:00/x' or true --", '/a'])(
  '%j is no place',
  async (before) => {
    await expect(history(settings(), { before })).rejects.toMatchObject({ code: 'bad-history-place' });
  },
);

import { expect, test } from 'vitest';
import type { AtWork } from '../../lib/plan/at-work.ts';
import type { JournalRow } from '../../lib/plan/known.ts';
import { sentText, statementAt } from '../../lib/plan/statement-at.ts';
import { parseProgress } from '../../lib/postgres/ledger/read-at-work.ts';
import { describeAtWork, renderRunning } from '../../lib/reports/running.ts';
import { judgeRun, renderWatchReport, type WatchReport } from '../../lib/reports/watch.ts';
import { compile } from '../support/migrations.ts';

const SLEEP = 'select pg_sleep(9)';
const long = `select '${'x'.repeat(2_000)}'`;
const file = ['create table a ()', SLEEP, SLEEP, long, `${long}, 1`, 'drop table a'].join(';\n');
const script = async () => {
  const [migration] = (await compile({ '001_a.sql': file })).migrations;
  if (!migration) throw new Error('There is one.');
  return migration.up;
};

test('each statement is known by the text that the server shows, also where it stands in the file twice', async () => {
  const found = await script();
  const at = (query: string) => statementAt(found, query);
  expect(found.statements.map((_, index) => at(sentText(found, index)))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(at('COMMIT')).toBeUndefined();
  expect(at('drop')).toBeUndefined();
  // Cut by the server where both are the same: nobody can tell.
  expect(at(long.slice(0, 1_023))).toBeUndefined();
  expect(sentText(found, 0)).toBe('create table a ()');
});

test.each([
  [
    { command: 'CREATE INDEX CONCURRENTLY', phase: 'building index', blocks_done: 42, blocks_total: 100 },
    { command: 'CREATE INDEX CONCURRENTLY', phase: 'building index', percent: 42 },
  ],
  [
    { command: 'REINDEX', phase: 'sorting', blocks_total: 0, tuples_done: 1, tuples_total: 3 },
    { command: 'REINDEX', phase: 'sorting', percent: 33 },
  ],
  [
    { phase: 'scanning heap', heap_blks_scanned: 5, heap_blks_total: 10 },
    { percent: 50, phase: 'scanning heap' },
  ],
  [
    { phase: 'acquiring', sample_blks_scanned: 10, sample_blks_total: 10 },
    { percent: 100, phase: 'acquiring' },
  ],
  [{ bytes_processed: 9, bytes_total: 0, tuples_processed: 77 }, { rows: 77 }],
  [{ phase: 'initializing', blocks_total: 0 }, { phase: 'initializing' }],
  [
    { phase: 'x', blocks_done: 11, blocks_total: 10 },
    { phase: 'x', percent: 100 },
  ],
])('what the server tells of a long command: %j', (row, shown) => {
  expect(parseProgress('OTHER', row)).toEqual({ command: 'OTHER', ...shown });
});

const row = (changes: Partial<JournalRow> = {}): JournalRow => ({
  ...{ runId: 'r', version: '001_a', file: 'm/001_a.sql', checksum: '', direction: 'up', transaction: true },
  ...{ status: 'running', statements: 6, done: 0, startedAt: '2026-11-28T09:00:00.5Z' },
  ...{ who: 'me@here', dbUser: 'u', toolVersion: '1' },
  ...changes,
});
const seen: AtWork = { pid: 7, user: 'u', application: 'registry-jobs up', blockers: [] };

test('of a run it is told what it does, and what is not known is left out', async () => {
  const { migrations } = await compile({ '001_a.sql': file });
  const checksum = migrations[0]?.up.checksum ?? '';
  const told = (found: AtWork) => renderRunning(describeAtWork(found, migrations));
  const active = { isActive: true, query: sentText(await script(), 2), queryMs: 4_000, ageMs: 65_000 };
  expect(told({ ...seen, ...active, row: row({ checksum }), waitsFor: 'pid 9 (web)' })).toBe(
    `Running now: applying m/001_a.sql, statement 3 of 6 (line 3) for 4.0 s, 1 min 05 s in all
  since 2026-11-28T09:00:00Z by me@here (pid 7, u, registry-jobs up)
  waits for pid 9 (web)
  Watch it with: registry-jobs watch`,
  );
  // Another text than ours.
  expect(told({ ...seen, ...active, row: row() })).toContain('applying m/001_a.sql, 1 min 05 s in all\n');
  // On record, whatever the file.
  expect(told({ ...seen, row: row({ transaction: false, done: 4, direction: 'down' }) })).toContain(
    'Running now: undoing m/001_a.sql, statement 5 of 6\n',
  );
  expect(told(seen)).toBe(
    `Running now: a run that is between two files, or loads an initial schema
  (pid 7, u, registry-jobs up)
  Watch it with: registry-jobs watch`,
  );
});

test('how a run ended is told by its newest attempt', () => {
  const applied = row({ status: 'applied', finishedAt: '2026-11-28T09:00:01Z' });
  const failed = row({ status: 'failed', version: '2', file: 'm/2.sql', error: '1:1: no' });
  expect(judgeRun([failed, applied])).toBe('ended');
  expect(judgeRun([applied, failed])).toBe('failed');
  expect(judgeRun([applied, row()])).toBe('interrupted');
  const database = { name: 'shop', host: 'h', port: 1, user: 'u', serverVersion: '18' };
  const told = (report: Pick<WatchReport, 'status' | 'attempts'>) =>
    renderWatchReport({ command: 'watch', database, pending: 2, ...report });
  expect(told({ status: 'ended', attempts: [applied] })).toBe(
    'The run of me@here on shop on h:1 ended: 1 file done (m/001_a.sql). 2 migrations pending. Look with: registry-jobs status',
  );
  expect(told({ status: 'failed', attempts: [applied, failed] })).toBe(
    'The run of me@here on shop on h:1 ended: m/2.sql failed (2026-11-28T09:00:00Z): 1:1: no; 1 file done (m/001_a.sql). 2 migrations pending. Nothing of that file was kept. See more with: registry-jobs status --history',
  );
  expect(told({ status: 'interrupted', attempts: [row({ transaction: false, done: 2 })] })).toBe(
    'The run of me@here on shop on h:1 ended without a word: m/001_a.sql interrupted (2026-11-28T09:00:00Z); no file was done. 2 migrations pending. 2 of its 6 statements stay done. See what to do with: registry-jobs status',
  );
});

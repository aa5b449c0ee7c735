import { expect, test } from 'vitest';
import { type MigrationReport, renderMigrationReport } from '../../lib/reports/migration.ts';
import { renderStatusReport } from '../../lib/reports/status.ts';
import { renderStatisticsReport } from '../../lib/statistics/refresh-report.ts';

const database = {
  host: 'db.example.org',
  port: 5432,
  name: 'registry',
  user: 'migrator',
  serverVersion: '18.4',
};
const applied = {
  version: '001_a',
  file: 'migrations/001_a.sql',
  direction: 'up' as const,
  startedAt: '2026-11-21T09:00:00Z',
  finishedAt: '2026-11-21T09:00:01.5Z',
  durationMs: 1_500,
  statements: 2,
  attempts: 1,
  notices: [],
};
const report: MigrationReport = {
  command: 'up',
  runId: 'r',
  at: '2026-11-21T09:00:00Z',
  status: 'applied',
  environment: 'staging',
  database,
  applied: [applied],
  notRun: [],
  alreadyApplied: 3,
  warnings: [{ code: 'gap', message: 'Nothing between a and b.' }],
  durationMs: 1_800,
};

test('applied', () => {
  expect(renderMigrationReport(report)).toBe(
    `Warning: Nothing between a and b.
Applied migrations/001_a.sql in 1.5 s (2 statements)
1 migration applied to registry on db.example.org as migrator in 1.8 s.`,
  );
});

test('nothing to do', () => {
  expect(
    renderMigrationReport({ ...report, status: 'nothing-to-do', applied: [], warnings: [], durationMs: 7 }),
  ).toBe('Nothing to do: registry on db.example.org as migrator has all 3 migrations (7.0 ms).');
});

test('failed after retries', () => {
  const failed = {
    version: '002_b',
    file: 'migrations/002_b.sql',
    direction: 'up' as const,
    durationMs: 30_000,
    attempts: 8,
    outcome: 'rolled-back' as const,
    notices: [],
    error: {
      code: 'statement-failed' as const,
      message: 'canceling statement due to lock timeout',
      sqlstate: '55P03',
      location: { file: 'migrations/002_b.sql', line: 2, column: 1 },
      excerpt: '2 | alter table t add y int\n  | ^',
      hint: 'Run again.',
    },
  };
  expect(
    renderMigrationReport({
      ...report,
      status: 'failed',
      warnings: [],
      applied: [{ ...applied, attempts: 2 }],
      failed,
      notRun: ['003_c', '004_d'],
    }),
  ).toBe(`Applied migrations/001_a.sql in 1.5 s (2 statements, 2 attempts)
Failed  migrations/002_b.sql after 30.0 s
migrations/002_b.sql:2:1: canceling statement due to lock timeout (SQLSTATE 55P03) [statement-failed]
2 | alter table t add y int
  | ^
What to do: Run again.
State: 1 migration before it was applied and stays; 2 migrations after it were not run.`);
});

test('status', () => {
  const text = renderStatusReport({
    command: 'status',
    status: 'pending',
    environment: 'staging',
    database,
    entries: [
      { version: '001_a', state: 'applied', startedAt: applied.startedAt, finishedAt: applied.finishedAt },
      { version: '002_long_title', state: 'pending' },
    ],
    warnings: [],
    problems: [],
  });
  expect(text).toBe(`registry on db.example.org:5432 as migrator (Postgres 18.4)
state    version         finished               took
applied  001_a           2026-11-21T09:00:01Z  1.5 s
pending  002_long_title
1 migration pending.`);
});

test('status shows the titles of pairs, whose versions are numbers', () => {
  const entries = [
    { version: '001_a', state: 'applied', file: 'm/001_a.sql' },
    { version: '2', state: 'pending', file: 'm/0002_add a label.up.sql' },
    { version: '20260101120000', state: 'other-tool' },
  ] as const;
  const all = { command: 'status', status: 'pending', database, warnings: [], problems: [] } as const;
  const lines = renderStatusReport({ ...all, entries }).split('\n');
  expect(lines.slice(1, 5)).toEqual([
    'state       version         finished  took  title',
    'applied     001_a',
    'pending     2                               add a label',
    'other-tool  20260101120000',
  ]);
  expect(renderStatusReport({ ...all, entries: [entries[0]] })).not.toContain('title');
});

test('statistics', () => {
  const text = renderStatisticsReport({
    command: 'refresh',
    status: 'failed',
    environment: 'demo',
    database: { host: 'db.example.org', port: 5432, name: 'registry', user: 'refresher' },
    functions: [
      { name: 'update_counts', outcome: 'refreshed', durationMs: 12 },
      {
        name: 'update_all',
        outcome: 'failed',
        durationMs: 1,
        error: { code: 'function-failed', message: 'broken' },
      },
    ],
    durationMs: 20,
  });
  expect(text).toBe(`  refreshed  update_counts   12 ms
  failed     update_all     1.0 ms
broken [function-failed]
1 of 2 statistics functions failed in registry on db.example.org as refresher in 20 ms.`);
});

test('what is the same for many files is told of five, and counted', () => {
  const warnings = Array.from({ length: 48 }, (_, index) => ({
    code: 'gap' as const,
    message: `gap ${index}`,
  }));
  const lines = renderMigrationReport({
    ...report,
    warnings: [...warnings, { code: 'empty', message: 'empty' }],
  }).split('\n');
  expect(lines.filter((line) => line.startsWith('Warning: '))).toEqual([
    ...[0, 1, 2, 3, 4].map((index) => `Warning: gap ${index}`),
    'Warning: empty',
    'Warning: 43 more of this kind. [gap]',
  ]);
});

test('what runs on in the server is told with its place, and what comes after it', () => {
  const running = {
    pid: 4711,
    user: 'migrator',
    application: 'registry-jobs up 2/7',
    since: '2026-11-21T08:59:00.5Z',
    startedAt: '2026-11-21T09:00:00.25Z',
    blockers: [],
    who: 'alice at laptop',
    file: 'migrations/005_long.sql',
    version: '005_long',
    statement: 2,
    statements: 7,
    line: 12,
    detached: true,
  } as const;
  const run: MigrationReport = { ...report, warnings: [], status: 'running', running, notRun: ['006'] };
  expect(renderMigrationReport(run, true)).toBe(
    `Running migrations/005_long.sql in the server, statement 2 of 7 (line 12)
  since 2026-11-21T09:00:00Z by alice at laptop (pid 4711)
It runs on by itself: nobody has to wait for it.
State: 1 migration before it applied; 1 migration after it not run yet.
Watch it with: registry-jobs watch`,
  );
  const { applied: _, ...rest } = run;
  const others = { ...rest, applied: [], notRun: [], running: { ...running, byAnotherRun: true } } as const;
  expect(renderMigrationReport(others, true)).toContain('(pid 4711), begun by another run\nIt runs on');
});

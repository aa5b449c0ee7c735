import { expect, test } from 'vitest';
import { renderError } from '../../lib/errors/error.ts';
import { type MigrationReport, renderMigrationReport } from '../../lib/reports/migration.ts';
import { renderStatusReport, type StatusReport } from '../../lib/reports/status.ts';
import { renderStatisticsReport, type StatisticsReport } from '../../lib/statistics/refresh-report.ts';
import { setIn, visible } from '../../lib/text/visible.ts';

test.each([
  ['\u001B[2J', '\u241B[2J'],
  ['a\rb\0\u0007\u007F', 'a\u240Db\u2400\u2407\u2421'],
  // Those of the second half have no picture: CSI and NEL act on a terminal too.
  ['\u009B2J\u0085', '\uFFFD2J\uFFFD'],
  // Turned around, a line reads as another.
  ['a\u202Eb\u2066c', 'a\uFFFDb\uFFFDc'],
  ['tab\tand\nline', 'tab\tand\nline'],
  ['é 😀 \u200F עברית', 'é 😀 \u200F עברית'],
])('%j is shown as %j, as long as it was', (text, expected) => {
  expect(visible(text)).toBe(expected);
  expect([...visible(text)]).toHaveLength([...text].length);
});

test('what somebody else says is set in from its second line', () => {
  expect(setIn('one')).toBe('one');
  expect(setIn('one\ntwo\n\nApplied x')).toBe('one\n  | two\n  |\n  | Applied x');
});

const MEAN = 'no\nState: all is well.\u001B[2J';
const error = {
  code: 'statement-failed' as const,
  message: MEAN,
  location: { file: 'f.sql', line: 1, column: 8 },
  excerpt: '1 | select\r\u001B[2Jx\n  |        ^',
  detail: 'DETAIL: a\nWhat to do: nothing\nHINT: b\nApplied f.sql in 1 ms\nCONTEXT: c',
  hint: 'Correct it.',
};

test('no line of an error that comes from elsewhere looks like one of ours', () => {
  expect(renderError(error)).toBe(`f.sql:1:8: no
  | State: all is well.\u241B[2J [statement-failed]
1 | select\u240D\u241B[2Jx
  |        ^
DETAIL: a
  | What to do: nothing
HINT: b
  | Applied f.sql in 1 ms
CONTEXT: c
What to do: Correct it.`);
});

test('problems that are listed stay a list', () => {
  const text = renderError({
    code: 'cannot-plan',
    message: 'Two:',
    detail: '- one\nWhat to do: x\n- two [y]',
  });
  expect(text).toBe('Two: [cannot-plan]\n- one\n  What to do: x\n- two [y]');
});

const database = { host: 'h', port: 5432, name: 'd', user: 'u', serverVersion: '18.4' };

test('nor a line of a report', () => {
  const report: MigrationReport = {
    command: 'up',
    runId: 'r',
    at: '2026-11-21T09:00:00Z',
    status: 'failed',
    environment: 'test',
    database,
    applied: [],
    failed: {
      version: '1',
      file: 'f.sql',
      direction: 'up',
      attempts: 1,
      durationMs: 1,
      notices: [],
      outcome: 'rolled-back',
      error,
    },
    notRun: [],
    alreadyApplied: 0,
    warnings: [{ code: 'gap', message: `Mind: ${MEAN}` }],
    durationMs: 1,
  };
  const text = renderMigrationReport(report);
  expect(text).not.toContain('\u001B');
  expect(text.match(/^State: .*/gm)).toEqual(['State: nothing was applied.']);
});

test('nor the history, where it is one line of a table', () => {
  const row = {
    startedAt: '2026-11-21T09:00:00Z',
    status: 'failed',
    direction: 'up',
    version: '1',
    file: 'f.sql',
  };
  const status = {
    command: 'status',
    status: 'up-to-date',
    environment: 'test',
    database,
    entries: [],
    warnings: [],
    problems: [],
    history: [{ ...row, statements: 1, done: 0, who: 'me', error: MEAN }],
  } as unknown as StatusReport;
  expect(renderStatusReport(status)).toContain('0/1   me   no State: all is well.\u241B[2J\n');
});

test('nor what kept a statistics function from running', () => {
  const text = renderStatisticsReport({
    command: 'refresh',
    status: 'refreshed',
    database: { host: 'h', port: 1, name: 'd' },
    functions: [{ name: 'f', outcome: 'skipped', durationMs: 1, reason: MEAN }],
    durationMs: 1,
  } as unknown as StatisticsReport);
  expect(text).toContain('  no State: all is well.\u241B[2J\n');
});

import { expect, test } from 'vitest';
import { RegistryJobsError, renderError, toErrorReport, UsageError } from '../../lib/errors/error.ts';

const full = new RegistryJobsError('statement-failed', 'division by zero', {
  location: { file: 'migrations/002_b.sql', line: 3, column: 8 },
  excerpt: '3 | SELECT 1/0\n  |        ^',
  sqlstate: '22012',
  detail: 'DETAIL: nothing\nCONTEXT: somewhere',
  hint: 'Correct the file.',
  cause: new Error('the cause'),
});

test('everything that an error says is rendered: place, message, excerpt, detail, what to do', () => {
  expect(renderError(toErrorReport(full))).toBe(
    [
      'migrations/002_b.sql:3:8: division by zero (SQLSTATE 22012) [statement-failed]',
      '3 | SELECT 1/0',
      '  |        ^',
      'DETAIL: nothing',
      'CONTEXT: somewhere',
      'What to do: Correct the file.',
    ].join('\n'),
  );
});

test('an error that says little is one line', () => {
  expect(renderError(toErrorReport(new RegistryJobsError('locked', 'It is locked.')))).toBe(
    'It is locked. [locked]',
  );
});

test('the report is plain data without the cause', () => {
  const report = toErrorReport(full);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(Object.keys(report).sort()).toEqual([
    'code',
    'detail',
    'excerpt',
    'hint',
    'location',
    'message',
    'sqlstate',
  ]);
});

test('the cause is kept on the error itself', () => {
  expect(full.cause).toEqual(new Error('the cause'));
  expect('cause' in new RegistryJobsError('locked', 'It is locked.')).toBe(false);
});

test('wrong use can be told from failure', () => {
  const error = new UsageError('bad-title', 'No title.');
  expect(error).toBeInstanceOf(RegistryJobsError);
  expect([error.name, full.name]).toEqual(['UsageError', 'RegistryJobsError']);
});

test.each<[string, unknown, object]>([
  [
    'a server error',
    Object.assign(new Error('relation "x" does not exist'), {
      severity: 'ERROR',
      code: '42P01',
      detail: 'd',
      hint: 'h',
      where: 'w',
    }),
    {
      code: 'server-error',
      message: 'relation "x" does not exist',
      sqlstate: '42P01',
      detail: 'DETAIL: d\nHINT: h\nCONTEXT: w',
    },
  ],
  [
    'a server error that says no more',
    Object.assign(new Error('no'), { severity: 'ERROR', code: 'XX000' }),
    { code: 'server-error', message: 'no', sqlstate: 'XX000' },
  ],
  [
    'an error of the system, whose code only looks like one of the server',
    Object.assign(new Error('broken pipe'), { code: 'EPIPE' }),
    { code: 'unexpected', message: 'broken pipe' },
  ],
  [
    'a fault of ours',
    new TypeError('x is not a function'),
    { code: 'unexpected', message: 'x is not a function' },
  ],
  ['a thrown text', 'just text', { code: 'unexpected', message: 'just text' }],
  ['nothing', undefined, { code: 'unexpected', message: 'undefined' }],
])('%s is reported', (_, error, report) => {
  expect(toErrorReport(error)).toEqual(report);
});

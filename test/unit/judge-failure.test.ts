import { expect, test } from 'vitest';
import type { PostgresError } from '../../lib/errors/postgres-error.ts';
import { explainFunctionError } from '../../lib/postgres/explain/function.ts';
import { judgeFailure } from '../../lib/postgres/explain/judge-failure.ts';

const failed = (code: string, where?: string): PostgresError =>
  Object.assign(new Error('no'), { code, severity: 'ERROR', ...(where && { where }) });
const CONTEXT = 'PL/pgSQL function f() line 1';

test.each([
  ['42883', undefined, 'missing'],
  ['42883', CONTEXT, 'inside'],
  ['3F000', undefined, 'missing'],
  ['3F000', CONTEXT, 'inside'],
  ['42725', undefined, 'not-callable'],
  ['42725', CONTEXT, 'inside'],
  ['42809', undefined, 'not-callable'],
  ['42501', undefined, 'not-allowed'],
  ['42501', CONTEXT, 'not-allowed-inside'],
  ['40001', undefined, 'in-the-way'], // at COMMIT there is no context
  ['40001', CONTEXT, 'in-the-way'],
  ['40P01', CONTEXT, 'in-the-way'],
  ['55P03', CONTEXT, 'in-the-way'],
  ['57014', CONTEXT, 'stopped'],
  ['57P01', undefined, 'session-ended'],
  ['57P05', undefined, 'session-ended'],
  ['25P04', CONTEXT, 'session-ended'],
  ['P0001', CONTEXT, 'inside'],
  ['XX000', undefined, 'inside'],
] as const)('%s with context %j is %s', (code, where, failure) => {
  expect(judgeFailure(failed(code, where))).toBe(failure);
});

test('one try is told as one', () => {
  const call = { name: 'f', timeoutMs: 100, tookMs: 50, tries: 1 };
  expect(explainFunctionError(failed('40P01', CONTEXT), call)).toMatchObject({
    code: 'function-blocked',
    hint: 'Another transaction was in the way, at 1 try. The next run tries again; to try now: registry-jobs refresh',
  });
});

import { expect, test } from 'vitest';
import { answerAtOnce } from '../../lambdas/migrate/deploy.ts';
import { readState, reasonToWait, stillRunning, timeIsUp } from '../../lambdas/migrate/deploy-state.ts';
import { RegistryJobsError, renderError, toErrorReport } from '../../lib/errors/error.ts';
import { PlanError, problem } from '../../lib/plan/error.ts';
import { sinceOf } from '../../lib/plan/since.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';

const at = '2026-11-28T09:10:00.123456Z';
const running = {
  pid: 4711,
  user: 'migrator',
  application: '',
  blockers: [],
  file: 'm/1.sql',
  startedAt: '2026-11-28T09:00:01.5Z',
};
const report = (of: object) => ({ at, environment: 'production', ...of }) as unknown as MigrationReport;
const request = {
  RequestType: 'Update',
  StackId: 'arn',
  PhysicalResourceId: 'production-migrations',
} as const;

test('the state of a deploy is what its first run has answered, and nothing else', () => {
  const state = { since: at, startedAt: 1, done: false };
  expect(readState({ Data: state })).toEqual(state);
  expect(readState({})).toBeUndefined();
  expect(readState({ Data: { since: 1 } })).toBeUndefined();
});

test('a removed stack asks nothing, whatever was before; a finished deploy is done; anything else is looked at', () => {
  const id = { PhysicalResourceId: 'production-migrations' };
  expect(answerAtOnce({ ...request, RequestType: 'Delete' })).toEqual({ ...id, IsComplete: true });
  expect(answerAtOnce({ ...request, Data: { since: at, startedAt: 1, done: true } })).toEqual({
    IsComplete: true,
  });
  expect(answerAtOnce({ ...request, Data: { since: at, startedAt: 1, done: false } })).toBeUndefined();
  expect(answerAtOnce(request)).toBeUndefined();
});

test('a deploy that comes upon another run takes that one’s failure for its own', () => {
  expect(sinceOf(report({}))).toBe(at);
  expect(sinceOf(report({ running }))).toBe(at);
  expect(sinceOf(report({ running: { ...running, byAnotherRun: true } }))).toBe('2026-11-28T09:00:01.499Z');
});

test('it waits for an approval alone, and for a database only while something runs in it', () => {
  const of = (...codes: ('not-approved' | 'not-proved')[]) =>
    new PlanError(codes.map((it) => problem(it, 'No.', 'Do.')));
  expect(reasonToWait(of('not-approved'), false)).toBe('approval');
  expect(reasonToWait(of('not-approved', 'not-proved'), true)).toBeUndefined();
  const lost = new RegistryJobsError('connect-refused', 'No.');
  expect([reasonToWait(lost, true), reasonToWait(lost, false)]).toEqual(['database', undefined]);
  expect(reasonToWait(new RegistryJobsError('connect-denied', 'No.'), true)).toBeUndefined();
  expect(reasonToWait(new Error('x'), true)).toBeUndefined();
});

test('what a deploy says when its time is over', () => {
  const text = (error: unknown) => renderError(toErrorReport(error));
  expect(text(stillRunning(report({ running }), 58 * 60_000))).toMatchInlineSnapshot(`
    "m/1.sql still runs in the server since 2026-11-28T09:00:01Z, pid 4711, and the 58 min 00 s of this deploy are over. [still-running]
    What to do: Nothing is lost, it runs on by itself. Deploy again when it is applied: registry-jobs watch --remote --env production"
  `);
  const waited = new PlanError([
    problem(
      'not-approved',
      'The plan x is not approved: no.',
      'Look at it and approve it: registry-jobs approve x',
    ),
  ]);
  expect(text(timeIsUp(waited, 58 * 60_000))).toMatchInlineSnapshot(`
    "The plan x is not approved: no. The 58 min 00 s of this deploy are over. Nothing of it was run. [not-approved]
    What to do: Look at it and approve it, then deploy again: registry-jobs approve x"
  `);
  expect(
    text(timeIsUp(new RegistryJobsError('connect-refused', 'db:5432 refused.'), 60_000)),
  ).toMatchInlineSnapshot(`
    "db:5432 refused. The 1 min 00 s of this deploy are over. Whether anything runs on in it is not known. [connect-refused]
    What to do: Deploy again when it can be reached."
  `);
});

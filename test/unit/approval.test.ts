import { expect, test } from 'vitest';
import { findUnapproved, knownAt } from '../../lib/plan/approval.ts';
import { planHash } from '../../lib/plan/hash.ts';
import type { JournalRow, Known } from '../../lib/plan/known.ts';
import { planFolder } from '../../lib/plan/up.ts';
import { compile } from '../support/migrations.ts';

const from = '/registry/production/migrate/approved-plan';
const hash = '03fa3e0ba7d0e0b1';
const messages = (known: Parameters<typeof findUnapproved>[1], environment?: string) =>
  findUnapproved([hash, '7f42245e33a7672e'], known, environment).map(({ code, message, hint }) => [
    code,
    message,
    hint,
  ]);

test.each([
  [{ from, approved: hash }],
  [{ from, approved: ` ${hash}\n` }],
  // As it was before this same run did a part of it.
  [{ from, approved: '7f42245e33a7672e' }],
])('a plan that is approved: %j', (known) => {
  expect(messages(known)).toEqual([]);
});

test.each([
  [{ from, approved: undefined }, `there is no parameter ${from}.`],
  [{ from, approved: '' }, `there is no parameter ${from}.`],
  [{ from, approved: '0123456789abcdef' }, `${from} says 0123456789abcdef.`],
  [{ from, approved: 'hunter2' }, `${from} says something that is no plan.`],
  [{ from, unknown: 'Refused.' }, `nobody knows what ${from} says. Refused.`],
])('one that is not: %j', (known, why) => {
  expect(messages(known, 'production')).toEqual([
    [
      'not-approved',
      `The plan ${hash} is not approved: ${why}`,
      `Look at it and approve it: registry-jobs approve ${hash} --env production`,
    ],
  ]);
  expect(messages(known)[0]?.[2]).toBe(`Look at it and approve it: registry-jobs approve ${hash}`);
});

test('what a run has applied since it began is pending in what it found at first, and nothing else is', async () => {
  const compiled = await compile({
    '001_a.sql': 'create table a (id int);',
    '002_b.sql': 'create table b (id int);',
    'R_c.sql': 'create or replace view c as select 1 as one;',
  });
  const [a, b, c] = compiled.migrations.map(({ version, up }) => ({ version, checksum: up.checksum }));
  const at = (row: typeof a, finishedAt: string) => ({
    version: '',
    ...row,
    startedAt: finishedAt,
    finishedAt,
  });
  const before: Known = { ledger: [at(a, '2026-11-28T08:00:00.000001')] };
  const after: Known = {
    ledger: [...before.ledger, at(b, '2026-11-28T09:00:01.5'), at(c, '2026-11-28T09:00:02')],
  };
  const hashOf = (known: Known) => planHash(planFolder(compiled, known));
  const since = '2026-11-28T09:00:00Z';
  expect(hashOf(after)).not.toBe(hashOf(before));
  expect(hashOf(knownAt(after, compiled.migrations, since))).toBe(hashOf(before));
  // Somebody has undone what was applied before: that is another plan.
  const undone = { ledger: after.ledger.slice(1) };
  expect(hashOf(knownAt(undone, compiled.migrations, since))).not.toBe(hashOf(before));
  const running = { version: '002_b', startedAt: '2026-11-28T09:00:01' } as JournalRow;
  expect(knownAt({ ...before, running, unsettled: [running] }, compiled.migrations, since)).toEqual({
    ledger: before.ledger,
    unsettled: [],
  });
});

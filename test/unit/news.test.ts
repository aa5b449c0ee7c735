import { expect, test } from 'vitest';
import { createNews } from '../../lambdas/shared/news.ts';
import type { MigrationEvent } from '../../lib/engine/events.ts';

/** A wait for these sessions, whose age and statement are others at every look. */
function waiting(age: number, ...pids: number[]): MigrationEvent {
  const blockers = pids.map((pid) => ({
    pid,
    user: 'deploy',
    application: 'registry-jobs up',
    ageSeconds: age,
    query: `select ${age}`,
  }));
  return { type: 'waiting-for-lock', blockers };
}

test('twelve minutes of waiting for one session, looked at four times a second, are twelve lines', () => {
  let time = 0;
  const isNews = createNews(() => time);
  const lines = [];
  for (; time < 12 * 60_000; time += 250)
    if (isNews(waiting(Math.floor(time / 1000), 4711))) lines.push(time);
  expect(lines).toEqual(Array.from({ length: 12 }, (_, minute) => minute * 60_000));
});

test('somebody else is told at once, and one who comes back is not told again', () => {
  const isNews = createNews(() => 0);
  const told = [
    waiting(1, 1),
    waiting(2, 1),
    waiting(1, 2),
    waiting(3, 1),
    waiting(1, 1, 2),
    waiting(9, 2, 1),
  ];
  expect(told.map(isNews)).toEqual([true, false, true, false, true, false]);
});

test('a statement that waits is told once for its place; everything else is told each time', () => {
  const isNews = createNews(() => 0);
  const blocked = (line: number): MigrationEvent => ({ type: 'blocked', file: 'a.sql', line, blockers: [] });
  const retried: MigrationEvent = { type: 'migration-retried', file: 'a.sql', reason: 'lock', delayMs: 1 };
  const events = [blocked(1), blocked(1), blocked(2), retried, retried, blocked(2)];
  expect(events.map(isNews)).toEqual([true, false, true, true, true, false]);
});

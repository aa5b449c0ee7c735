import { expect, test } from 'vitest';
import { flightOf, MOST_FILES } from '../../lib/engine/ahead.ts';
import type { Task } from '../../lib/plan/task.ts';
import { compile } from '../support/migrations.ts';

const FILES = 40;

/** Forty files, and others in place of some of them. */
async function tasksOf(more: Readonly<Record<number, string>> = {}): Promise<Task[]> {
  const texts = Array.from({ length: FILES }, (_, index) => more[index] ?? 'select 1');
  const { migrations } = await compile(
    Object.fromEntries(texts.map((text, index) => [`${String(index + 1).padStart(3, '0')}_x.sql`, text])),
  );
  return migrations.map((migration) => ({ migration, direction: 'up' }));
}
const any = () => true;

test('so many leave together, and no more', async () => {
  const tasks = await tasksOf();
  expect(flightOf(tasks, any)).toEqual(tasks.slice(0, MOST_FILES));
  expect(flightOf(tasks.slice(-3), any)).toEqual(tasks.slice(-3));
  expect(flightOf([], any)).toEqual([]);
});

test.each([
  ['runs without a transaction', '-- registry-jobs: transaction off\nselect 1'],
  ['says how long it waits for a lock', '-- registry-jobs: lock-timeout 5s\nselect 1'],
  ['says how long its statements may take', '-- registry-jobs: statement-timeout 5s\nselect 1'],
  ['says how long it takes', '-- registry-jobs: expected-duration 5min\nselect 1'],
  ['says whether it may run on in the server', '-- registry-jobs: detach on\nselect 1'],
  ['brings data', 'create table t (x int);\ncopy t from stdin;\n1\n\\.\n'],
  ['has many statements', 'select 1;'.repeat(401)],
  ['expects much', `select 1;${'\n-- expect: select 1 => 1'.repeat(400)}`],
  ['is long', `select '${'x'.repeat(200_000)}'`],
])('a file that %s leaves by itself', async (_, text) => {
  const tasks = await tasksOf({ 3: text });
  expect(flightOf(tasks, any)).toEqual(tasks.slice(0, 3));
  expect(flightOf(tasks.slice(3), any)).toHaveLength(0);
  expect(flightOf(tasks.slice(4), any)).toHaveLength(MOST_FILES);
});

test('one that was tried before in this run is looked at first', async () => {
  const tasks = await tasksOf();
  expect(flightOf(tasks, (task) => task !== tasks[5])).toEqual(tasks.slice(0, 5));
});

test('what goes on in the middle of a file is not sent ahead, nor an initial schema', async () => {
  const [first, second, ...others] = await tasksOf();
  if (!first || !second) throw new Error('There are no files.');
  expect(flightOf([first, { ...second, from: 0 }, ...others], any)).toEqual([first]);
  const initial: Task = { ...second, migration: { ...second.migration, style: 'initial' }, direction: 'up' };
  expect(flightOf([first, initial, ...others], any)).toEqual([first]);
});

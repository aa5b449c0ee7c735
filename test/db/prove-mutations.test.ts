import { expect, test } from 'vitest';
import { proveFiles, told } from '../support/prove.ts';
import { base, DOWN, PAIRS, PLAIN, UP } from '../support/prove-mutations.ts';

/* Thirty files that are safe, and for each one change that makes it unsafe: what is safe is proved, what is not is found. */

test('thirty safe files are proved', { timeout: 60_000 }, async () => {
  expect(PLAIN.length + PAIRS.length).toBeGreaterThanOrEqual(30);
  // Those that rename or drop what another one uses are tried by themselves, below.
  const apart = ['a rename', 'a column that goes', 'a view whose columns change'];
  const files = PLAIN.filter(([name]) => !apart.includes(name)).map(([, safe], index) => [
    `${String(index + 2).padStart(3, '0')}_safe.sql`,
    safe,
  ]);
  const report = await proveFiles({ ...base, ...Object.fromEntries(files) });
  expect(told(report)).toEqual([]);
  const pair = await proveFiles({ ...base, '2_pair.up.sql': UP, '2_pair.down.sql': DOWN });
  expect(told(pair)).toEqual([]);
});

test.each(PLAIN)('found: %s', { timeout: 30_000 }, async (_, safe, from, to, code) => {
  expect(safe).toContain(from);
  const report = await proveFiles({ ...base, '002_change.sql': safe.replace(from, to) });
  expect(told(report)).toEqual([expect.stringMatching(new RegExp(`^${code} 002_change\\.sql:\\d`))]);
});

test.each(PAIRS)('found of a pair: %s', { timeout: 30_000 }, async (_, from, to, code) => {
  expect(DOWN).toContain(from);
  const files = { '2_pair.up.sql': UP, '2_pair.down.sql': DOWN.replace(from, to) };
  const [first] = told(await proveFiles({ ...base, ...files }));
  expect(first).toMatch(new RegExp(`^${code} 2_pair\\.down\\.sql:\\d`));
});

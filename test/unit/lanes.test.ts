import { describe, expect, test } from 'vitest';
import { shareOut, workOf, workOfRuns, worthwhile } from '../../lib/plan/lanes.ts';
import { PROVE_CHECKS } from '../../lib/reports/prove.ts';
import { compile } from '../support/migrations.ts';

const all = { checks: new Set<string>(PROVE_CHECKS), mostStops: 200 };
const sized = async (...sizes: number[]) => {
  const files = sizes.map((size, index) => [
    `${String(index + 1).padStart(3, '0')}_f.sql`,
    'select 1;\n'.repeat(size),
  ]);
  return (await compile(Object.fromEntries(files))).migrations;
};

describe('the work of a file', () => {
  test('grows with its stops, each of which runs all of it', async () => {
    const [one, ten, forty] = (await sized(1, 10, 40)).map((file) => workOf(file, all));
    expect([one, ten, forty]).toEqual([200 + 4 * 2, 200 + 13 * 11, 200 + 43 * 41]);
  });

  test('is more where statements make tables, views and indexes, or ask before they do something', async () => {
    const { migrations } = await compile({
      '001_a.sql':
        'create table t (); create view v as select 1; do $$ begin end $$; comment on table t is null;',
    });
    expect(migrations.map((file) => workOf(file, all))).toEqual([200 + 7 * 14]);
  });

  test('is that of what is asked alone', async () => {
    const [file] = await sized(40);
    if (!file) throw new Error('no file');
    expect(workOf(file, { checks: new Set(), mostStops: 200 })).toBe(200 + 41);
    expect(workOf(file, { checks: new Set(['twice', 'stopped']), mostStops: 5 })).toBe(200 + 7 * 41);
  });

  test('is that of the way there and back, and there again, for a pair', async () => {
    const { migrations } = await compile({
      '1_a.up.sql': 'select 1;',
      '1_a.down.sql': 'select 1; select 2;',
    });
    const [pair] = migrations;
    if (!pair) throw new Error('no pair');
    expect(workOf(pair, { checks: new Set(['twice', 'stopped', 'down']), mostStops: 200 })).toBe(
      200 + 2 + 6 + 2,
    );
  });
});

test('another server is started where it is worth it, and no more than there are files', async () => {
  const small = await sized(3, 3, 3);
  const large = await sized(50, 50);
  expect([worthwhile(small, all, 2), worthwhile(large, all, 1), worthwhile(large, all, 2)]).toEqual([
    1, 1, 2,
  ]);
  expect(worthwhile(await sized(100), all, 2)).toBe(1);
  expect(worthwhile([], all, 2)).toBe(1);
});

test('each file goes to one, the same in each run, and none has much more to do', async () => {
  const files = await sized(40, 1, 20, 20, 3, 3, 15, 2);
  const shares = shareOut(files, all, [0, 0]);
  expect(shares.flatMap((share) => [...share]).sort()).toEqual(files.map(({ version }) => version));
  expect(shareOut(files, all, [0, 0])).toEqual(shares);
  const work = shares.map((share) =>
    files.filter(({ version }) => share.has(version)).reduce((sum, one) => sum + workOf(one, all), 0),
  );
  expect(Math.max(...work) / Math.min(...work)).toBeLessThan(1.1);
});

test('whoever has something else to do gets less of them', async () => {
  const files = await sized(20, 20, 20, 20);
  const [file] = files;
  const beside = file ? workOf(file, all) * 2 : 0;
  expect(shareOut(files, all, [beside, 0]).map(({ size }) => size)).toEqual([1, 3]);
  expect(shareOut(files, all, [0, beside * 10]).map(({ size }) => size)).toEqual([4, 0]);
});

test('to run files one after the other is their statements, and what is done between them', async () => {
  expect(workOfRuns((await sized(3, 4)).map(({ up }) => up))).toBe(2 * 10 + 7);
});

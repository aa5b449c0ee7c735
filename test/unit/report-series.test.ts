import { describe, expect, test } from 'vitest';
import { prepareLayers } from '../../lib/registry/page/browser/layers.ts';
import { compareKeys } from '../../lib/registry/page/browser/table.ts';
import { createUnits } from '../../lib/registry/page/browser/units.ts';
import { pageHistory } from '../../lib/registry/page/page-history.ts';
import type { History } from '../../lib/registry/page/report.ts';
import { decodeSeries, encodeSeries } from '../../lib/registry/page/series.ts';

describe('a line', () => {
  const thereAndBack = (values: readonly number[]) => decodeSeries(encodeSeries(values), values.length);

  test.each([
    [[]],
    [[0, 0, 0]],
    [[0, 0, 1, 2, 3, 3, 3]],
    [[1023, 0, 1024, 0, 5]],
    [[7, 7, 7]],
    [[0, 31, 0, 32, 0, 33, 16, 15]],
    [[2 ** 40, 1, 2 ** 50, 0]],
  ])('%j is exact', (values) => {
    expect(thereAndBack(values)).toEqual(values);
  });

  test('is never off by more than a thousandth, however large', () => {
    const values = Array.from({ length: 2_000 }, (_, index) => Math.round(1.021 ** index) % 9e15);
    const found = thereAndBack(values);
    const errors = values.map((value, index) => Math.abs((found[index] ?? 0) - value) / Math.max(value, 1));
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.001);
  });

  test('is short where little happens', () => {
    expect(encodeSeries([0, 0, 5, 6, 6, 6, 6, 6, 6, 6])).toEqual([2, '.%']);
  });
});

/** Institution 1 to `institutions` store as many GiB each, in both options, from the second month on. */
function historyOf(institutions: number): History {
  const GIB = 2 ** 30;
  const ids = Array.from({ length: institutions }, (_, index) => index + 1);
  return {
    months: ['2025-01', '2025-02', '2025-03'],
    institutions: ids.map((id) => ({ id, name: `Institution ${id}` })),
    storageOptions: [
      { name: 'S3-OH', prices: [1, 1, 3] },
      { name: 'S3-VA', prices: [2, 2, 2] },
      { name: 'Unused', prices: [1, 1, 1] },
    ],
    series: ids.flatMap((institutionId) =>
      ['S3-OH', 'S3-VA'].map((storageOption) => ({
        institutionId,
        storageOption,
        files: [0, institutionId, 2 * institutionId],
        bytes: [0, institutionId * GIB, 2 * institutionId * GIB],
      })),
    ),
  };
}

describe('layers', () => {
  const layersOf = (institutions: number) =>
    prepareLayers(pageHistory(historyOf(institutions)), decodeSeries);

  test('by storage option: unused ones are left out, and one service has one colour', () => {
    expect(layersOf(2)({ measure: 'files', split: 'option', only: -1 })).toEqual([
      { name: 'S3-OH', values: [0, 3, 6], hue: 0, pattern: 0 },
      { name: 'S3-VA', values: [0, 3, 6], hue: 0, pattern: 1 },
    ]);
  });

  test('of one institution alone', () => {
    const [oh] = layersOf(3)({ measure: 'files', split: 'option', only: 2 });
    expect(oh?.values).toEqual([0, 3, 6]);
  });

  test('the cost of a month is by the prices of that month', () => {
    const [oh, va] = layersOf(1)({ measure: 'cost', split: 'option', only: -1 });
    expect([oh?.values, va?.values]).toEqual([
      [0, 1, 6],
      [0, 2, 4],
    ]);
  });

  test('by institution: the largest first, and of one option alone', () => {
    const layers = layersOf(3)({ measure: 'files', split: 'institution', only: 1 });
    expect(layers.map(({ name, values }) => [name, values.at(-1)])).toEqual([
      ['Institution 3', 6],
      ['Institution 2', 4],
      ['Institution 1', 2],
    ]);
  });

  test.each([
    [7, 7, 'Institution 1'],
    [8, 8, 'Institution 1'],
    [9, 8, '2 others'],
    [30, 8, '23 others'],
  ])('%i institutions are %i layers, the last of which is %s', (institutions, number, last) => {
    const layers = layersOf(institutions)({ measure: 'bytes', split: 'institution', only: -1 });
    expect([layers.length, layers.at(-1)?.name]).toEqual([number, last]);
    const all = layers.reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0);
    expect(all).toBe(4 * 2 ** 30 * ((institutions * (institutions + 1)) / 2));
    expect(new Set(layers.map(({ hue }) => hue)).size).toBe(layers.length);
    expect(new Set(layers.map(({ pattern }) => pattern)).size).toBe(layers.length);
  });

  test('an option keeps its pattern, but neighbours never have the same, nor two of one colour', () => {
    const names = Array.from({ length: 20 }, (_, at) => `Service-${String.fromCharCode(65 + at)}-VA`);
    const patternsOf = (used: readonly number[]) => {
      const series = used.map((at) => ({
        institutionId: 1,
        storageOption: names[at] ?? '',
        files: [1],
        bytes: [1],
      }));
      const history = pageHistory({
        months: ['2025-01'],
        institutions: [{ id: 1, name: 'A' }],
        storageOptions: names.map((name) => ({ name, prices: [1] })),
        series,
      });
      const layers = prepareLayers(history, decodeSeries)({ measure: 'files', split: 'option', only: -1 });
      return layers.map(({ hue, pattern }) => [hue, pattern]);
    };
    expect(patternsOf([2, 3])).toEqual([
      [2, 2],
      [3, 3],
    ]);
    // The tenth has the second one's colour and the third pattern, which the one below it has already.
    expect(patternsOf([0, 1, 2, 9])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [1, 3],
    ]);
    const all = patternsOf(names.map((_, at) => at));
    expect(new Set(all.map(String)).size).toBe(20);
    for (const [at, [, pattern]] of all.entries()) expect(pattern).not.toBe(all[at - 1]?.[1]);
  });
});

test('two institutions of one name are told apart', () => {
  const { institutions } = pageHistory({
    ...historyOf(0),
    institutions: [
      { id: 4, name: 'City Museum' },
      { id: 9, name: 'City Museum' },
      { id: 5, name: 'Other' },
    ],
  });
  expect(institutions).toEqual(['City Museum (id 4)', 'City Museum (id 9)', 'Other']);
});

test('sort keys: numbers by value, texts as people sort them', () => {
  expect([10, 9, 0.5, 1_000].sort(compareKeys)).toEqual([0.5, 9, 10, 1_000]);
  expect(['Óbidos', 'zeta', 'Site 10', 'alpha', 'Site 9', 'Beta'].sort(compareKeys)).toEqual([
    'alpha',
    'Beta',
    'Óbidos',
    'Site 9',
    'Site 10',
    'zeta',
  ]);
});

describe('units', () => {
  const units = createUnits();

  test.each([
    ['bytes', 0, 'bytes'],
    ['bytes', 900, 'bytes'],
    ['bytes', 2 ** 40, 'TiB'],
    ['bytes', 2 ** 70, 'PiB'],
    ['files', 9_999, 'files'],
    ['files', 10_000, 'thousand files'],
    ['files', 12e6, 'million files'],
    ['cost', 0.4, 'USD per month'],
    ['cost', 120_000, 'thousand USD per month'],
  ] as const)('an axis of %s up to %d counts in %s', (measure, largest, label) => {
    expect(units.axisUnit(measure, largest).label).toBe(label);
  });

  test.each([
    ['bytes', 0, '0 bytes'],
    ['bytes', 11 * 2 ** 40, '11.0 TiB'],
    ['bytes', 1_010 * 2 ** 30, '1,010 GiB'],
    ['files', 1_021, '1,021'],
    ['files', 123_456, '123,000'],
    ['cost', 0, '$0.00'],
    ['cost', 0.004, '< $0.01'],
    ['cost', 67.531, '$67.53'],
    ['cost', 12_345, '$12,300'],
  ] as const)('%s %d is written %s', (measure, value, text) => {
    expect(units.format(measure, value)).toBe(text);
  });
});

import { expect, test } from 'vitest';
import { prepareLayers } from '../../lib/registry/page/browser/layers.ts';
import { formatAxis, formatMoment } from '../../lib/registry/page/browser/moment.ts';
import { withCurrent } from '../../lib/registry/page/current-point.ts';
import { pageHistory } from '../../lib/registry/page/page-history.ts';
import type { DepositRow, History } from '../../lib/registry/page/report.ts';
import { decodeSeries } from '../../lib/registry/page/series.ts';

const GIB = 2 ** 30;
const history: History = {
  months: ['2026-01', '2026-02'],
  institutions: [
    { id: 1, name: 'Alpha' },
    { id: 2, name: 'Left' },
  ],
  storageOptions: [
    { name: 'S3-VA', prices: [0.02, 0.02] },
    { name: 'Wasabi-VA', prices: [0.5, 0.5] },
  ],
  series: [
    { institutionId: 1, storageOption: 'S3-VA', files: [1, 2], bytes: [GIB, 2 * GIB] },
    { institutionId: 2, storageOption: 'Wasabi-VA', files: [5, 5], bytes: [GIB, GIB] },
  ],
};
const row = (
  institutionId: number,
  institution: string,
  storageOption: string,
  files: number,
): DepositRow => ({
  institutionId,
  institution,
  storageOption,
  files,
  objects: 1,
  bytes: files * GIB,
  monthlyCost: files * 0.03,
});
/** As it is after a seed: much that is dated long before the months that were written. */
const current: readonly DepositRow[] = [
  { institution: 'All Institutions', files: 150, objects: 9, bytes: 150 * GIB, monthlyCost: 4.5 },
  { institutionId: 1, institution: 'Alpha', files: 100, objects: 9, bytes: 100 * GIB, monthlyCost: 3 },
  row(1, 'Alpha', 'S3-VA', 100),
  row(3, 'Beta', 'Glacier-OH', 50),
];
const AT = '2026-02-14T08:30:00.5Z';

test('the chart ends in what the figures and the table say, also of what no month knows', () => {
  const found = withCurrent(history, current, AT);
  expect(found).toEqual({
    months: ['2026-01', '2026-02', AT],
    institutions: [
      { id: 1, name: 'Alpha' },
      { id: 3, name: 'Beta' },
      { id: 2, name: 'Left' },
    ],
    storageOptions: [
      { name: 'Glacier-OH', prices: [0, 0, 0.03] },
      { name: 'S3-VA', prices: [0.02, 0.02, 0.03] },
      { name: 'Wasabi-VA', prices: [0.5, 0.5, 0.5] },
    ],
    series: [
      { institutionId: 1, storageOption: 'S3-VA', files: [1, 2, 100], bytes: [GIB, 2 * GIB, 100 * GIB] },
      { institutionId: 2, storageOption: 'Wasabi-VA', files: [5, 5, 0], bytes: [GIB, GIB, 0] },
      { institutionId: 3, storageOption: 'Glacier-OH', files: [0, 0, 50], bytes: [0, 0, 50 * GIB] },
    ],
  });
  const layersOf = prepareLayers(pageHistory(found), decodeSeries);
  for (const split of ['option', 'institution'] as const) {
    const total = (measure: 'files' | 'bytes' | 'cost') =>
      layersOf({ measure, split, only: -1 }).reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0);
    expect([total('files'), total('bytes') / GIB]).toEqual([150, 150]);
    expect(total('cost')).toBeCloseTo(4.5, 9);
  }
});

test.each([
  ['counted before the last month began', current, '2026-01-31T23:59:59Z'],
  ['of an unknown time', current, undefined],
  ['of no time', current, 'infinity'],
  ['nothing counted', [], AT],
])('there is no current point: %s', (_, rows, at) => {
  expect(withCurrent(history, rows, at)).toBe(history);
});

test('without a month there is no chart to add to', () => {
  const none = { months: [], institutions: [], storageOptions: [], series: [] };
  expect(withCurrent(none, current, AT)).toBe(none);
});

test('a moment has its zone', () => {
  expect(formatMoment('2026-03-01T14:05:09.123456Z')).toBe('2026-03-01 14:05:09 UTC');
  expect(formatMoment('2026-03-01T00:00:00Z')).toBe('2026-03-01 00:00:00 UTC');
  expect(formatMoment('infinity')).toBe('infinity');
});

test.each([
  [
    ['2025-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', ''],
    ['2025', '2026', ''],
  ],
  [
    ['2025-12-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
    ['2025-12', '2026-01'],
  ],
  [
    ['2025-12-25T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
    ['2025-12-25', '2026-01-01'],
  ],
  [
    ['2026-01-01T00:00:00.000Z', '2026-01-01T12:00:00.000Z'],
    ['2026', ''],
  ],
])('an axis of %j is marked %j', (moments, marks) => {
  expect(formatAxis(moments)).toEqual(marks);
});

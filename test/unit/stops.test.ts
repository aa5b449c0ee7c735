import { expect, test } from 'vitest';
import { chooseStops } from '../../lib/plan/stops.ts';

const never = () => false;

test('each place is tried where there are no more than may be', () => {
  expect(chooseStops(4, 3, never)).toEqual([1, 2, 3]);
  expect(chooseStops(4, Infinity, never)).toEqual([1, 2, 3]);
  expect(chooseStops(1, 3, never)).toEqual([]);
  expect(chooseStops(0, 3, never)).toEqual([]);
  expect(chooseStops(4, 0, never)).toEqual([]);
});

test('as many as may be, each once, those around what takes something away among them', () => {
  for (const statements of [10, 11, 57, 1000]) {
    for (const most of [1, 2, 3, 7, 9]) {
      for (const harsh of [[], [statements - 1], [0, 1, 2], [4]]) {
        const stops = chooseStops(statements, most, (index) => harsh.includes(index));
        expect(new Set(stops).size).toBe(Math.min(most, statements - 1));
        expect(stops.every((end) => end >= 1 && end < statements)).toBe(true);
        expect([...stops]).toEqual([...stops].sort((one, other) => one - other));
      }
    }
  }
  expect(chooseStops(100, 4, (index) => index === 40)).toEqual([25, 40, 41, 75]);
});

import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { cutToWidth, liveLine } from '../../lib/cli/live-line.ts';

test.each([
  ['fits', 'abc', 3, 'abc'],
  ['is cut, with a sign that it was', 'abcd', 3, 'ab…'],
  ['wide characters take two columns', '日本語', 6, '日本語'],
  ['one that would stand over the edge is left out', '日本語', 5, '日本…'],
  ['or not even that', '日本語', 4, '日…'],
  ['a letter with its accents is one', 'e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['a family is one of two columns', '👨‍👩‍👧‍👦ab', 3, '👨‍👩‍👧‍👦…'],
  ['no room for anything', 'abc', 0, ''],
])('%s', (_, text, columns, shown) => {
  expect(cutToWidth(text, columns)).toBe(shown);
});

const line = (text: string, detail: string, columns: number) =>
  liveLine({ text, detail, elapsed: '1.5 s' }, columns);

test('the time stays, and of a long name so much that the detail has room', () => {
  expect(line('[1/2] m/001_a.sql', ', statement 1/2 (line 1)', 80)).toBe(
    '[1/2] m/001_a.sql, statement 1/2 (line 1)  1.5 s',
  );
  const long = '[1/2] database/migrations/20240101120000_a_long_name_for_a_change.sql';
  expect(line(long, ', statement 1/2 (line 1)', 80)).toBe(
    '[1/2] database/migrations/20240101120000_a_long…, statement 1/2 (line 1)  1.5 s',
  );
  expect(line(long, `, ${'x'.repeat(200)}`, 60)).toBe(`[1/2] database/migratio…, ${'x'.repeat(25)}…  1.5 s`);
  expect(line('abc', '', 8)).toBe('1.5 s');
  expect(line('abc', '', 4)).toBe('1.…');
});

test('whatever is told, it never reaches the last column', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(texts, texts, fc.integer({ min: 1, max: 120 }), (text, detail, columns) => {
      expect(stringWidth(line(text, detail, columns))).toBeLessThan(columns);
    }),
  );
});

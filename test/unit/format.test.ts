import { expect, test } from 'vitest';
import { count, formatDuration, formatTable, shellWord } from '../../lib/text/format.ts';

test.each([
  [0, '0.0 ms'],
  [0.84, '0.8 ms'],
  [9.94, '9.9 ms'],
  [9.95, '10 ms'],
  [42.4, '42 ms'],
  [999.4, '999 ms'],
  [999.5, '1.0 s'],
  [3_449, '3.4 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_599_499, '59 min 59 s'],
  [3_599_500, '1 h 00 min'],
  [3_720_000, '1 h 02 min'],
  [90_000_000, '25 h 00 min'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0 migrations'],
  [1, '1 migration'],
  [2, '2 migrations'],
])('%d: %s', (number, text) => {
  expect(count(number, 'migration')).toBe(text);
});

test('a table lines up text to the left and numbers to the right, and ends no line with a space', () => {
  const rows = [
    ['name', 'files', ''],
    ['a', '1000', 'x'],
    ['longer', '5', ''],
  ];
  expect(formatTable(rows, new Set([1]))).toBe('name    files\na        1000  x\nlonger      5');
});

test('a table of nothing is nothing', () => {
  expect(formatTable([])).toBe('');
});

test.each([
  ['014_labels', '014_labels'],
  ['R_v.2', 'R_v.2'],
  ['two words', `'two words'`],
  ["it's", `'it'\\''s'`],
  ['$HOME', `'$HOME'`],
  ['', `''`],
])('a word that can be pasted: %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

import { describe, expect, test } from 'vitest';
import { excerpt, locate, offsetOfCodePoint } from '../../lib/migrations/script/position.ts';

describe('a place in a text', () => {
  test.each([
    ['abc', 0, 1, 1],
    ['abc', 3, 1, 4],
    ['a\nbc', 1, 1, 2],
    ['a\nbc', 2, 2, 1],
    ['a\n\nbc', 4, 3, 2],
    ['\n\n', 2, 3, 1],
    ['😀b', 2, 1, 2],
    ['😀\n😀😀b', 7, 2, 3],
  ])('%j at %i', (text, offset, line, column) => {
    expect(locate('f', text, offset)).toEqual({ file: 'f', line, column });
  });

  test.each([
    ['abc', 0, 0],
    ['abc', 2, 2],
    ['😀bc', 1, 2],
    ['a😀😀c', 3, 5],
    ['abc', 9, 3],
  ])('code point %j %i', (text, codePoints, offset) => {
    expect(offsetOfCodePoint(text, codePoints)).toBe(offset);
  });
});

describe('an excerpt', () => {
  test('shows the line with a caret', () => {
    expect(excerpt('select 1;\nselect x;', { file: 'f', line: 2, column: 8 })).toBe(
      '2 | select x;\n  |        ^',
    );
  });

  test('keeps tabs, so that the caret lines up', () => {
    expect(excerpt('\t\tx', { file: 'f', line: 1, column: 3 })).toBe('1 | \t\tx\n  | \t\t^');
  });

  test('cuts a long line around the place', () => {
    const [line = '', caret = ''] = excerpt(`${'a'.repeat(500)}B${'c'.repeat(500)}`, {
      file: 'f',
      line: 1,
      column: 501,
    }).split('\n');
    expect(line).toHaveLength(80);
    expect(line[caret.indexOf('^')]).toBe('B');
  });

  test('masks passwords without moving the caret', () => {
    const line = `create role r password 'se''cret' lgin`;
    const [shown = '', caret = ''] = excerpt(line, {
      file: 'f',
      line: 1,
      column: line.indexOf('lgin') + 1,
    }).split('\n');
    expect(shown).not.toContain('cret');
    expect(shown.slice(caret.indexOf('^'))).toBe('lgin');
  });
});

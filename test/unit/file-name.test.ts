import { describe, expect, test } from 'vitest';
import { parseFileName } from '../../lib/migrations/file-name.ts';

describe('a file name', () => {
  test.each([
    ['001_deposit_stats.sql', 'plain', 1n, 'deposit_stats', '001_deposit_stats'],
    ['1_a.sql', 'plain', 1n, 'a', '1_a'],
    ['0042_v1.2-x.sql', 'plain', 42n, 'v1.2-x', '0042_v1.2-x'],
    ['201909251211_names.up.sql', 'up', 201909251211n, 'names', '201909251211'],
    ['007_bond.down.sql', 'down', 7n, 'bond', '7'],
    ['18446744073709551615_last.up.sql', 'up', 2n ** 64n - 1n, 'last', '18446744073709551615'],
    ['0_zero.sql', 'plain', 0n, 'zero', '0_zero'],
  ] as const)('%s', (name, style, number, title, version) => {
    expect(parseFileName(name)).toEqual({ style, number, title, version });
  });

  test.each(['.gitkeep', '.001_hidden.sql.swp', 'README.md', 'readme', 'README'])('%s is ignored', (name) => {
    expect(parseFileName(name)).toBeUndefined();
  });

  test.each([
    'a.sql',
    '001.sql',
    '001-title.sql',
    '001_title.SQL',
    '001_title.sql.bak',
    '001_.sql',
    'x01_a.sql',
  ])('%s is refused', (name) => {
    expect(() => parseFileName(name)).toThrow(`${name} is not a migration's name.`);
  });

  test.each([
    ['001_a b.sql', ' ', "mv '001_a b.sql' 001_a_b.sql"],
    ['002_数据库.up.sql', '数', 'mv 002_数据库.up.sql 002__.up.sql'],
    ['R_größe.sql', 'ö', 'mv R_größe.sql R_gr_e.sql'],
    ['3_a😀.sql', '😀', 'mv 3_a😀.sql 3_a_.sql'],
  ])('%s: the character is named', (name, odd, hint) => {
    expect(() => parseFileName(name)).toThrow(`${name} is not a migration's name: "${odd}" is not a letter`);
    try {
      parseFileName(name);
    } catch (error) {
      expect((error as { hint: string }).hint.replaceAll("'", '')).toBe(
        `Name it otherwise: ${hint}`.replaceAll("'", ''),
      );
    }
  });

  test('a version of 65 bits is refused', () => {
    const name = '18446744073709551616_too_large.up.sql';
    expect(() => parseFileName(name)).toThrow(`The version of ${name} is larger than 18446744073709551615.`);
  });
});

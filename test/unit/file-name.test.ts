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
    ['1_.up.sql', 'up', 1n, '', '1'],
    ['4_a.up.SQL', 'up', 4n, 'a', '4'],
    ['4_a.down.pgsql', 'down', 4n, 'a', '4'],
    ['4_v1.2.up.postgres.sql', 'up', 4n, 'v1.2', '4'],
    ['002_数据库.up.sql', 'up', 2n, '数据库', '2'],
    ["3_add user's table (new).down.sql", 'down', 3n, "add user's table (new)", '3'],
  ] as const)('%s', (name, style, number, title, version) => {
    expect(parseFileName(name)).toEqual({ style, number, title, version });
  });

  test.each([
    ...['.gitkeep', '.001_hidden.sql.swp', 'README.md', 'readme', 'README'],
    ...['embed.go', 'migrations.go', 'LICENSE', 'Makefile', 'atlas.sum', 'migration_lock.toml', 'R_x.md'],
  ])('%s is ignored', (name) => {
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
    '15_x.up.go',
    '15_x.up.sql.bak',
    '16_x.js',
    'schema.sql',
    'R_.SQL',
  ])('%s is refused', (name) => {
    expect(() => parseFileName(name)).toThrow(`${name} is not a migration's name`);
  });

  test.each([
    ['001_a b.sql', ' ', "mv '001_a b.sql' 001_a_b.sql"],
    ['002_数据库.sql', '数', 'mv 002_数据库.sql 002__.sql'],
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

  test.each([
    ['001-title.sql', '', 'Name it otherwise: mv db/old/001-title.sql db/old/001_title.sql'],
    ['001.sql', '', 'Name it otherwise: mv db/old/001.sql db/old/001_title.sql'],
    ['001_title.SQL', '', 'Name it otherwise: mv db/old/001_title.SQL db/old/001_title.sql'],
    [
      'V1__init.sql',
      ': it is named as Flyway names its files',
      'Have the folder written anew: registry-jobs import db/old db/old-new',
    ],
    [
      'R__views.sql',
      ': it is named as Flyway names its files',
      'Have the folder written anew: registry-jobs import db/old db/old-new',
    ],
    [
      'U2.1__tables.sql',
      ': it is named as Flyway names its files',
      'Have the folder written anew: registry-jobs import db/old db/old-new',
    ],
    [
      '1_a.sql.bak',
      ': it looks like a copy that an editor left, or a file put aside',
      'Move it out of the folder, or delete it.',
    ],
    [
      '1_a.sql~',
      ': it looks like a copy that an editor left, or a file put aside',
      'Move it out of the folder, or delete it.',
    ],
  ])('%s: what is wrong with it, and what to do', (name, why, hint) => {
    expect(() => parseFileName(name, 'db/old')).toThrow(
      expect.objectContaining({ message: `${name} is not a migration's name${why}.`, hint }),
    );
  });

  test('a version of 65 bits is refused', () => {
    const name = '18446744073709551616_too_large.up.sql';
    expect(() => parseFileName(name)).toThrow(`The version of ${name} is larger than 18446744073709551615.`);
  });
});

import { describe, expect, test } from 'vitest';
import { newMigration } from '../../lib/migrations/new-file.ts';

const now = new Date('2026-11-21T09:05:07.123Z');
const names = (title: string, existing: string[], versioned = false) =>
  newMigration(title, existing, versioned, now).map(({ name }) => name);

describe('a new migration', () => {
  test.each<[string, string[], string]>([
    ['add alert types', [], '001_add_alert_types.sql'],
    ['Add alert-types!', ['001_a.sql', '009_b.sql'], '010_add_alert_types.sql'],
    ['x', ['0099_a.sql', '0100_b.sql'], '0101_x.sql'],
    ['Größe ändern', ['1_a.up.sql', '002_b.sql', '.hidden', 'README.md'], '003_grosse_andern.sql'],
    ['x', ['999_a.sql'], '1000_x.sql'],
  ])('%s after %j is %s', (title, existing, expected) => {
    expect(names(title, existing)).toEqual([expected]);
  });

  test.each<[string[], string]>([
    [['000001_a.up.sql', '000001_a.down.sql', '000009_b.up.sql'], '000010_x'],
    [['1_a.up.sql'], '2_x'],
    [['20250101120000_a.up.sql'], '20261121090507_x'],
    [['1735732800_a.up.sql'], '20261121090507_x'],
  ])('after pairs is a pair: %j', (existing, stem) => {
    expect(names('x', existing)).toEqual([`${stem}.up.sql`, `${stem}.down.sql`]);
  });

  test('may be a pair with the time as version', () => {
    expect(names('split names', [], true)).toEqual([
      '20261121090507_split_names.up.sql',
      '20261121090507_split_names.down.sql',
    ]);
  });

  test('needs a title that can name a file', () => {
    expect(() => names('???', [])).toThrow('"???" has no letter or digit to name a file by.');
  });
});

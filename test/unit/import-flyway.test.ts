import { expect, test } from 'vitest';
import { flywayChecksum } from '../../lib/import/flyway.ts';
import { compareVersions, numberVersions } from '../../lib/import/flyway-version.ts';

test.each([
  [
    ['1', '2', '10'],
    ['1', '2', '10'],
  ],
  [
    ['001', '002'],
    ['001', '002'],
  ],
  [
    ['1', '1.1', '1_10', '2'],
    ['100', '101', '110', '200'],
  ],
  [
    ['1.0', '2'],
    ['1', '2'],
  ],
  [
    ['2024.1.2', '2024.1.10', '2024.12'],
    ['20240102', '20240110', '20241200'],
  ],
  [
    ['1.1', '1.100'],
    ['1001', '1100'],
  ],
])('versions %j become the numbers %j, in the same order', (versions, numbers) => {
  const numberOf = numberVersions(versions);
  expect(versions.map(numberOf)).toEqual(numbers);
  const ordered = versions.toSorted(compareVersions);
  expect(ordered).toEqual(versions);
  expect(ordered.map((version) => BigInt(numberOf(version)))).toEqual(
    numbers.map(BigInt).sort((a, b) => (a < b ? -1 : 1)),
  );
});

test('the checksum is the CRC-32 of the lines without their ends, as a signed number', () => {
  // CRC-32 of "123456789" is known from the standard: cbf43926.
  expect(flywayChecksum('123456789')).toBe(String(0xcbf43926 | 0));
  for (const same of ['12345\n6789\n', '12345\r\n6789', '\u00ef\u00bb\u00bf1234\r56789'])
    expect(flywayChecksum(same)).toBe(flywayChecksum('123456789'));
  expect(flywayChecksum('123456789 ')).not.toBe(flywayChecksum('123456789'));
});

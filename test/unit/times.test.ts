import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { millisecondsBetween, toSecond, utc } from '../../lib/text/times.ts';

test.each([
  ['2026-11-01T02:00:00.5', '2026-11-01T02:00:00.5Z'],
  ['2026-11-01T02:00:00.5+00:00', '2026-11-01T02:00:00.5Z'],
  ['2026-11-01T02:00:00.5Z', '2026-11-01T02:00:00.5Z'],
  ['2026-11-01 02:00:00', '2026-11-01T02:00:00Z'],
  ['2026-11-01 02:00:00.123456+00', '2026-11-01T02:00:00.123456Z'],
  ['2026-11-01T01:00:01-05:00', '2026-11-01T06:00:01Z'],
  ['2026-11-01T01:59:59.25-04', '2026-11-01T05:59:59.25Z'],
  ['2026-12-31T23:59:59-0430', '2027-01-01T04:29:59Z'],
  ['2026-01-01T00:00:00.000001+05:30', '2025-12-31T18:30:00.000001Z'],
  ['1890-01-01T00:53:28+00:53:28', '1890-01-01T00:00:00Z'],
  ['2028-02-29T23:00:00-02:00', '2028-03-01T01:00:00Z'],
  ['infinity', 'infinity'],
  ['-infinity', '-infinity'],
  ['0044-03-15T00:00:00 BC', '0044-03-15T00:00:00 BC'],
  ['', ''],
])('%s is %s', (text, moment) => {
  expect(utc(text)).toBe(moment);
  expect(utc(moment)).toBe(moment);
});

test('to the second', () => {
  expect(toSecond('2026-11-01T02:00:00.999999')).toBe('2026-11-01T02:00:00Z');
  expect(toSecond('2026-11-01T02:00:00Z')).toBe('2026-11-01T02:00:00Z');
});

test('from one moment to another, zones mixed', () => {
  expect(millisecondsBetween('2026-11-01T05:59:59.25', '2026-11-01T01:00:01-05:00')).toBe(1_750);
});

test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia'])(
  'over a change of the clock, where this machine is in %s',
  (TZ) => {
    const program = `
      const { millisecondsBetween } = await import(${JSON.stringify(path.resolve('lib/text/times.ts'))});
      const starts = ['2026-03-29T01:59', '2026-10-25T01:59', '2026-03-08T01:59', '2026-11-01T01:30'];
      const ends = ['2026-03-29T03:01', '2026-10-25T03:01', '2026-03-08T03:01', '2026-11-01T02:32'];
      console.log(starts.map((start, index) => millisecondsBetween(start + ':00', ends[index] + ':00') / 60_000).join());`;
    const out = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    });
    expect(out.trim()).toBe('62,62,62,62');
  },
);

import { beforeAll, describe, expect, test } from 'vitest';
import { copyOf, measureReading } from '../../bench/parse-memory.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';

/** What a text takes to be parsed, in milliseconds of processor time: others use the machine too. */
async function timeOf(text: string): Promise<number> {
  const start = process.cpuUsage();
  await parseScript('f.sql', text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

beforeAll(() => parseScript('f.sql', 'select 1'));

// With the square of their number, each of these would take half a minute.
describe('3,200 of them are read in one go', () => {
  test.each<[string, (index: number) => string]>([
    ['COPY blocks', () => `copy t from stdin;\n${'1\tx\n'.repeat(500)}\\.\n`],
    ['comments that speak of COPY', () => '-- copy t from stdin;\nselect 1;\n'],
    ['bodies that speak of COPY', () => 'do $a$ begin\ncopy t from stdin;\nend $a$;\n'],
    ['strings that speak of COPY', () => "select '\ncopy t from stdin;\n1\n\\.\n';\n"],
    ['strings continued after comments', () => "select 'a' -- why\n  'b';\n"],
    ['names that became keywords', (index) => `create table t${index} (system_user text);\n`],
    ['rows', (index) => `insert into t values (${index}, 'é😀');\n`],
    ['directives in strings', () => "select '-- registry-jobs: x';\n"],
  ])('%s', async (_, piece) => {
    const text = (count: number) => Array.from({ length: count }, (_, index) => piece(index)).join('');
    expect(await timeOf(text(3200))).toBeLessThan(5_000);
  });

  test('one long comment, one long string, one long row of dashes', async () => {
    const long = [
      `/* ${'* / '.repeat(500_000)} */ select 1`,
      `select E'${"\\\\''".repeat(500_000)}'`,
      `${'-'.repeat(2_000_000)}\nselect 1 -- from stdin`,
      `select $a$${'$b$'.repeat(500_000)}$a$ -- from stdin`,
      `${'/*'.repeat(5_000)}${'*/'.repeat(5_000)} select 1 -- from stdin`,
    ];
    for (const text of long) expect(await timeOf(text)).toBeLessThan(5_000);
  });
});

test('reading 50 MB of COPY data takes at most 4 times the file in memory', () => {
  const { statements, peak, bytes } = measureReading(
    copyOf(50_000_000, '1\tselect from stdin; it is -- a row\n'),
  );
  expect(statements).toBe(3);
  expect(peak / bytes).toBeLessThan(4);
});

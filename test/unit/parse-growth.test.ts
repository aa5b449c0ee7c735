import { beforeAll, describe, expect, test } from 'vitest';
import { copyOf, measureReading } from '../../bench/parse-memory.ts';
import { parseScript } from '../../lib/core/sql/parse.ts';

/** How long a text takes to be parsed, in milliseconds: the best of three, since others use the machine too. */
async function timeOf(text: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await parseScript('f.sql', text);
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

beforeAll(() => parseScript('f.sql', 'select 1'));

describe('eight times the text takes about eight times as long', () => {
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
    const small = await timeOf(text(200));
    const large = await timeOf(text(1600));
    // With the square it would be 64 times; what is below 3 ms is not worth a comparison.
    expect(large / Math.max(small, 3)).toBeLessThan(24);
    expect(large).toBeLessThan(2_000);
  });

  test('one long comment, one long string, one long row of dashes', async () => {
    const long = [
      `/* ${'* / '.repeat(500_000)} */ select 1`,
      `select E'${"\\\\''".repeat(500_000)}'`,
      `${'-'.repeat(2_000_000)}\nselect 1 -- from stdin`,
      `select $a$${'$b$'.repeat(500_000)}$a$ -- from stdin`,
      `${'/*'.repeat(5_000)}${'*/'.repeat(5_000)} select 1 -- from stdin`,
    ];
    for (const text of long) expect(await timeOf(text)).toBeLessThan(1_000);
  });
});

test('reading 50 MB of COPY data takes at most 4 times the file in memory', () => {
  const { statements, peak, bytes } = measureReading(
    copyOf(50_000_000, '1\tselect from stdin; it is -- a row\n'),
  );
  expect(statements).toBe(3);
  expect(peak / bytes).toBeLessThan(4);
});

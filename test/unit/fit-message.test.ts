import { expect, test } from 'vitest';
import { fitMessage } from '../../lambdas/shared/fit-message.ts';

const bytes = (text: string) => Buffer.byteLength(JSON.stringify(text));

test('a short report stays as it is', () => {
  expect(fitMessage('Failed\nbecause "x"')).toBe('Failed\nbecause "x"');
});

test('a long list of successes makes room for the failure', () => {
  const successes = Array.from(
    { length: 200 },
    (_, index) => `Applied migrations/${index}_title.sql in 3 ms`,
  );
  const message = fitMessage(
    [...successes, 'Failed  migrations/200_x.sql', 'migrations/200_x.sql:3:7: no'].join('\n'),
  );
  expect(bytes(message)).toBeLessThanOrEqual(3_002);
  expect(message).toMatch(/^\(\d+ lines more in the log\)\nApplied/);
  expect(message).toMatch(/Failed {2}migrations\/200_x.sql\nmigrations\/200_x.sql:3:7: no$/);
});

test('one line that is too long is cut, whatever its characters weigh', () => {
  for (const character of ['x', '"', '😀', '\u0001']) {
    const message = fitMessage(character.repeat(10_000));
    expect(bytes(message)).toBeLessThanOrEqual(3_002);
    expect(message.length).toBeGreaterThan(300);
  }
});

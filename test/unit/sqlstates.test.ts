import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Five characters of digits and capitals that begin as a class of Postgres does, as text in the code. */
const LITERAL = /['"`]((?:0[0-9A-Z]|[1-5][0-9A-Z]|F0|HV|P0|XX|RJ)[0-9A-Z]{3})['"`]/g;

function literals(text: string): string[] {
  return [...text.matchAll(LITERAL)].map(([, code = '']) => code);
}

test('a literal is recognised, and nothing else is', () => {
  expect(
    literals(`code === '42P01' || "55P03" || \`RJ001\` || 'COPY1' || '12345678' || 'hello' || 42501`),
  ).toEqual(['42P01', '55P03', 'RJ001']);
});

test('what an SQLSTATE means is known in one place', () => {
  const files = globSync('{bin,lambdas,lib}/**/*.ts').filter(
    (file) => !file.startsWith('lib/postgres/explain/'),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    literals(readFileSync(file, 'utf8')).map((code) => `${file}: ${code}`),
  );
  // The embedded server, which is none of the core's: a database that is there already.
  expect(found).toEqual(['lib/local/server.ts: 42P04', 'lib/local/server.ts: 23505']);
});

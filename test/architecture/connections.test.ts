import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** The variables that hold a client nobody listens to: a connection that the server cuts would end the process, in the middle of anything. */
function withoutListener(source: string): string[] {
  const made = [...source.matchAll(/(\w+) \??\??= new pg\.(?:Client|Pool)\(/g)].map(([, name]) => name ?? '');
  const unnamed = [...source.matchAll(/new pg\.(?:Client|Pool)\(/g)].length - made.length;
  const silent = made.filter((name) => !source.includes(`${name}.on('error'`));
  return [...new Set(silent), ...Array.from({ length: unnamed }, () => 'one without a name')];
}

test('whoever opens a connection with pg listens to its errors', () => {
  const files = globSync('{bench,bin,examples,lambdas,lib,test}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules/**', 'test/architecture/**'],
  });
  const found = files.flatMap((file) =>
    withoutListener(readFileSync(path.join(root, file), 'utf8')).map((name) => `${file}: ${name}`),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});

test.each([
  ['const a = new pg.Client({});\nawait a.connect();', ['a']],
  [`const a = new pg.Client({});\na.on('error', () => {});\nconst b = new pg.Pool({});`, ['b']],
  ['use(new pg.Client({}));', ['one without a name']],
  [`const a = new pg.Client(url);\na.on('error', report);`, []],
])('the check finds who does not: %j', (source, found) => {
  expect(withoutListener(source)).toEqual(found);
});

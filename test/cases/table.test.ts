import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cases } from './list.ts';

test('each case of the list has one test', () => {
  const registered = globSync(path.join(import.meta.dirname, '*.test.ts'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^(?:engine|file|skipped)Case\('(\w+)'/gm)])
    .map(([, id]) => id);
  expect(registered.sort()).toEqual(Object.keys(cases).sort());
});

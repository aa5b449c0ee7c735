import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { createOnce, queryOnce, urlOf } from '../support/database.ts';

const databasesLike = async (part: string) => {
  const rows = await queryOnce(
    inject('serverUrl'),
    `select datname from pg_database where datname ~ '${part}'`,
  );
  return rows.map(({ datname }) => datname);
};

test('a database that a run shares is made once, and nobody is told of it before it is filled', async () => {
  const what = `shared_${randomBytes(6).toString('hex')}_test`;
  const begun: string[] = [];
  const fill = async (name: string) => {
    begun.push(name);
    expect(await databasesLike(what)).toEqual([]);
    await queryOnce(urlOf(name), 'create table filled (x int)');
  };
  await expect(createOnce(what, undefined, () => Promise.reject(new Error('not today')))).rejects.toThrow(
    'not today',
  );
  const [first, second] = await Promise.all([
    createOnce(what, undefined, fill),
    createOnce(what, undefined, fill),
  ]);
  expect(begun).toHaveLength(1);
  expect([first, second, await databasesLike(what)]).toEqual([first, first, [first]]);
  expect(await queryOnce(urlOf(first), 'select * from filled')).toEqual([]);
  // What was begun, and is not there under its own name, was dropped or renamed.
  expect(await databasesLike(String(begun[0]))).toEqual([]);
});

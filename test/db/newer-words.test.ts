import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEWER_WORDS } from '../../lib/postgres/parser/newer-words.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('the words that newer servers keep for themselves are those of this server, and no older one has them', async () => {
  const [{ server_version_num } = {}] = await database.query('SHOW server_version_num');
  const major = Math.floor(Number(server_version_num) / 10_000);
  // C: not for a function or a type. R: reserved.
  const kept = await database.query(
    `SELECT word FROM pg_get_keywords() WHERE catcode IN ('C', 'R') AND word = ANY ($1)`,
    [[...NEWER_WORDS.keys()]],
  );
  expect(kept.map(({ word }) => word).sort()).toEqual(
    [...NEWER_WORDS]
      .filter(([, since]) => since <= major)
      .map(([word]) => word)
      .sort(),
  );
});

import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownLockIsHeld } from '../../lib/postgres/session/advisory-lock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const KEY = -4242424242424242n;

let database: TestDatabase;
let ours: pg.Client;
let other: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase();
  ours = new pg.Client({ connectionString: database.url });
  other = new pg.Client({ connectionString: database.url });
  ours.on('error', () => {});
  other.on('error', () => {});
  await Promise.all([ours.connect(), other.connect()]);
});
afterEach(async () => {
  await Promise.all([ours.end(), other.end()]);
  await database.drop();
});

const isHeld = async () => (await ours.query(`SELECT ${ownLockIsHeld(KEY)} AS held`)).rows[0].held;
const granted = async () =>
  (
    await database.query(`SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
  )[0]?.n;

test('to ask whether the lock is held lets nobody in who waits for it', async () => {
  await ours.query(`SELECT pg_advisory_lock(${KEY})`);
  let isIn = false;
  const waiting = other.query(`SELECT pg_advisory_lock(${KEY})`).then(() => {
    isIn = true;
  });
  for (let time = 0; time < 200; time++) expect(await isHeld()).toBe(true);
  await ours.query('BEGIN');
  for (let time = 0; time < 200; time++) expect(await isHeld()).toBe(true);
  await ours.query('ROLLBACK');
  expect(await isHeld()).toBe(true);
  expect(isIn).toBe(false);
  // It was held once, as before.
  await ours.query(`SELECT pg_advisory_unlock(${KEY})`);
  await waiting;
  expect(isIn).toBe(true);
});

test('a lock that is not held is not, whoever has it, and is not taken by asking', async () => {
  expect(await isHeld()).toBe(false);
  expect(await granted()).toBe(0);
  await other.query(`SELECT pg_advisory_lock(${KEY})`);
  expect(await isHeld()).toBe(false);
  expect(await granted()).toBe(1);
});

test('a lock that is given back in the transaction is not held', async () => {
  await ours.query(`SELECT pg_advisory_lock(${KEY})`);
  await ours.query('BEGIN');
  await ours.query('SELECT pg_advisory_unlock_all()');
  expect(await isHeld()).toBe(false);
  await ours.query('COMMIT');
  expect(await granted()).toBe(0);
});

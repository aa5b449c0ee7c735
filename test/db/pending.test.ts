import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPending } from '../../lib/jobs/pending.ts';
import type { MigrationDigest } from '../../lib/plan/pending.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/migrations.ts';
import { databaseSettings } from '../support/settings.ts';

const defaultLedgerName = { schema: 'public', table: 'schema_migrations' };
const digest: readonly MigrationDigest[] = ['001_a', '002_b', '003_c'].map((version) => ({
  version,
  style: 'plain',
  checksum: `sum of ${version}`,
}));

let db: TestDatabase;
let reader: string;
beforeEach(async () => {
  db = await createTestDatabase();
  reader = `Reader "${db.name}"`;
  await db.query(`CREATE ROLE ${quoted()} LOGIN PASSWORD 'reader'`);
});
afterEach(async () => {
  await db.query(`DROP OWNED BY ${quoted()}; DROP ROLE ${quoted()}`);
  await db.drop();
});

const quoted = () => `"${reader.replaceAll('"', '""')}"`;
const read = () =>
  readPending(
    {
      ...settingsFor(db.url),
      database: databaseSettings(db.url, { user: reader, password: 'reader' }),
      ledger: defaultLedger,
    },
    digest,
    Date.now() + 10_000,
  );

async function createLedger(...versions: string[]): Promise<void> {
  await db.query(
    'CREATE TABLE schema_migrations (version varchar PRIMARY KEY, started_at timestamp, finished_at timestamp, checksum text)',
  );
  await db.query('INSERT INTO schema_migrations SELECT v, now(), now(), $2 || v FROM unnest($1::text[]) v', [
    versions,
    'sum of ',
  ]);
}

test('a database without a ledger has none of them', async () => {
  expect(await read()).toEqual(['001_a', '002_b', '003_c']);
});

test('whoever may read the ledger sees what is not in it', async () => {
  await createLedger('001_a', '002_b');
  await db.query(`GRANT SELECT ON schema_migrations TO ${quoted()}`);
  expect(await read()).toEqual(['003_c']);
  await db.query("INSERT INTO schema_migrations VALUES ('003_c', now(), now(), 'sum of 003_c')");
  expect(await read()).toEqual([]);
});

test('while migrations are applied there is no answer', async () => {
  await createLedger('001_a');
  await db.query(`GRANT SELECT ON schema_migrations TO ${quoted()}`);
  const key = migrationLockKey(db.name, defaultLedgerName);
  await db.query('SELECT pg_advisory_lock($1::bigint)', [String(key)]);
  expect(await read()).toBeUndefined();
  await db.query('SELECT pg_advisory_unlock($1::bigint)', [String(key)]);
  expect(await read()).toEqual(['002_b', '003_c']);
});

test('without the right to read it the answer is not that they are missing', async () => {
  await createLedger('001_a', '002_b', '003_c');
  await expect(read()).rejects.toMatchObject({
    code: 'ledger-unreadable',
    message: 'The ledger cannot be read: permission denied for table schema_migrations',
    sqlstate: '42501',
    hint: expect.stringContaining(
      `As the owner of the table: GRANT USAGE ON SCHEMA "public" TO ${quoted()}; GRANT SELECT ON "public"."schema_migrations" TO ${quoted()};`,
    ),
  });
});

test('nor where a policy hides rows', async () => {
  await createLedger('001_a', '002_b', '003_c');
  await db.query(`GRANT SELECT ON schema_migrations TO ${quoted()};
    ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY`);
  await expect(read()).rejects.toMatchObject({
    code: 'ledger-unreadable',
    message:
      'The ledger cannot be read: query would be affected by row-level security policy for table "schema_migrations"',
  });
});

test('nor where the table is another tool’s', async () => {
  await db.query('CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)');
  await db.query(`GRANT SELECT ON schema_migrations TO ${quoted()}`);
  await expect(read()).rejects.toMatchObject({
    code: 'ledger-unreadable',
    message: '"public"."schema_migrations" is not our ledger: its column version is bigint.',
  });
});

test('a ledger that is being altered is not waited for longer than two seconds', async () => {
  await createLedger('001_a');
  const altering = await db.connect();
  await altering.query('BEGIN; LOCK TABLE schema_migrations');
  const began = Date.now();
  await expect(read()).rejects.toMatchObject({
    message: 'The ledger cannot be read: canceling statement due to lock timeout',
    hint: 'Nothing was changed; the next run looks again.',
  });
  expect(Date.now() - began).toBeLessThan(10_000);
  await altering.query('ROLLBACK');
});

import { expect, test } from 'vitest';
import { createContext } from '../../lib/postgres/attempt/context.ts';
import { transactionFlight } from '../../lib/postgres/attempt/flight.ts';
import type { FlightOptions } from '../../lib/postgres/attempt/flight-types.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { settingsFor } from '../support/migrations.ts';

const start: FlightOptions['start'] = {
  id: '11111111-1111-1111-1111-111111111111',
  version: '1_a',
  file: '1_a.sql',
  checksum: 'c',
  direction: 'up',
  transaction: true,
  statements: 2,
  done: 0,
  doneChecksum: '',
};
const context = {
  ...createContext(settingsFor('postgres://u@localhost/registry'), { purpose: 'up' }),
  zoned: [],
  later: [],
};
const options = { context, start, lockTimeoutMs: 2_000, statementTimeoutMs: 0 };

async function parts(sql: string, direction: 'up' | 'down' = 'up') {
  const up = await parseScript('1_a.up.sql', sql);
  const migration = { version: '1_a', number: '1', title: 'a', style: 'versioned', up, down: up } as const;
  return transactionFlight({ migration, direction }, options);
}

test('a flight is the journal, the transaction with the ledger row inside, and the cleaning after it', async () => {
  const flight = await parts('select 1; select 2; -- expect: select 1 => 1');
  expect(flight.map(({ part }) => part).join(' ')).toBe(
    'prepare announce begin statement statement guard expect guard record commit clean',
  );
  expect(flight.filter(({ part }) => part === 'statement').map(({ sql }) => sql)).toEqual([
    'select 1',
    'select 2',
  ]);
  expect(flight.find(({ part }) => part === 'record')?.sql).toContain(
    'INSERT INTO "public"."schema_migrations"',
  );
});

test('one flush to the disk: the row that says "running" goes there with the COMMIT of the file', async () => {
  const flight = await parts('select 1');
  const setting = (name: string) =>
    /synchronous_commit = (\w+)/.exec(flight.find(({ part }) => part === name)?.sql ?? '')?.[1];
  expect([setting('announce'), setting('begin')]).toEqual(['off', 'on']);
});

test('no timeout of the file is left for what cleans the session, which is one message', async () => {
  const flight = await parts("set statement_timeout = '1ms'");
  const [guard] = flight.filter(({ part }) => part === 'guard');
  expect(guard?.sql).toMatch(/^RESET statement_timeout; /);
  expect(flight.at(-1)?.sql).toMatch(
    /^RESET ALL; .*DISCARD SEQUENCES; SET registry_jobs\.clean_after = '[0-9-]+'$/,
  );
});

test('the way back deletes the row', async () => {
  const record = (await parts('select 1', 'down')).find(({ part }) => part === 'record');
  expect(record?.sql).toContain(`DELETE FROM "public"."schema_migrations" WHERE version = '1_a'`);
});

test('the lock depends on database and ledger', () => {
  const ledger = { schema: 'public', table: 'schema_migrations' };
  const keys = [
    migrationLockKey('a', ledger),
    migrationLockKey('b', ledger),
    migrationLockKey('a', { ...ledger, table: 'other' }),
    migrationLockKey('a', { schema: 'publics', table: 'chema_migrations' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(migrationLockKey('a', ledger)).toBe(keys[0]);
});

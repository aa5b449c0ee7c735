import { expect, test } from 'vitest';
import { migrationLockKey } from '../../lib/core/advisory-lock.ts';
import { transactionFlight } from '../../lib/core/migrations/flight.ts';
import { parseScript } from '../../lib/core/sql/parse.ts';

const options = {
  ledger: { schema: 'public', table: 'schema_migrations' },
  lockKey: migrationLockKey('registry', { schema: 'public', table: 'schema_migrations' }),
  lockTimeoutMs: 2_000,
  statementTimeoutMs: 0,
};

test('a flight is the transaction with the ledger row inside, and the cleaning behind it', async () => {
  const up = await parseScript('1_a.sql', 'select 1; select 2');
  const flight = transactionFlight({ version: '1_a', number: '1', title: 'a', style: 'plain', up }, options);
  expect(flight.map(({ part }) => part)).toEqual([
    'prepare',
    'begin',
    'begin',
    'statement',
    'statement',
    'guard',
    'guard',
    'guard',
    'guard',
    'record',
    'read-back',
    'commit',
    'clean',
    'clean',
  ]);
  expect(flight.filter(({ part }) => part === 'statement').map(({ sql }) => sql)).toEqual([
    'select 1',
    'select 2',
  ]);
  expect(flight.find(({ part }) => part === 'record')?.values).toEqual(['1_a', up.checksum]);
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

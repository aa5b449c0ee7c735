import { describe, expect, test } from 'vitest';
import { progressName, readProgress } from '../../lib/plan/progress-name.ts';
import { isAfter, momentOf } from '../../lib/plan/since.ts';
import { placeByName } from '../../lib/postgres/detach/named-place.ts';
import { whyAttached } from '../../lib/postgres/detach/why-attached.ts';
import { compile } from '../support/migrations.ts';

/** Why a file cannot run on in the server. */
async function why(sql: string): Promise<string | undefined> {
  const { migrations } = await compile({ '001_a.sql': sql });
  const [migration] = migrations;
  return migration && whyAttached({ migration, direction: 'up' })?.reason;
}

describe('a file runs on in the server only where it means the same there', () => {
  test.each([
    ['copy a from stdin;\n1\n\\.\n', 'statement 1 (line 1) is or has a COPY from or to the client'],
    ['select 1;\ncopy a to stdout', 'statement 2 (line 2) is or has a COPY'],
    ['savepoint a; release a', 'a savepoint'],
    ['select 1 into b', 'SELECT INTO'],
    ['select 1 into b union select 2 union select 3', 'SELECT INTO'],
    ['create table a (); set transaction_read_only = off', 'a SET TRANSACTION'],
    ['create table a (); set transaction deferrable', 'a SET TRANSACTION'],
    ["set statement_timeout = '5min'", 'a statement_timeout'],
    ['set local statement_timeout to 5000', 'a statement_timeout'],
    ["set client_encoding = 'LATIN1'", 'another client_encoding'],
    ["set names 'latin1'", 'another client_encoding'],
    ['insert into a select statement_timestamp()', 'answers of the message'],
    ['select pg_catalog.current_query()', 'answers of the message'],
    ['set transaction read only; select 1', 'READ ONLY'],
    ['set transaction isolation level serializable; select 1', 'SERIALIZABLE'],
    ['set transaction isolation level repeatable read; lock table a', 'REPEATABLE READ and locks'],
  ])('%s does not', async (sql, reason) => {
    expect(await why(sql)).toContain(reason);
  });

  test.each([
    "copy a from '/tmp/a'",
    "copy a to program 'cat'",
    'set statement_timeout = 0',
    'reset statement_timeout',
    "set client_encoding = 'UTF8'",
    "set names 'utf8'",
    'create table a as select 1',
    'create table a (at timestamptz default statement_timestamp())',
    "select 'into', $$select 1 into a$$",
    'set transaction isolation level repeatable read; select 1',
    'do $$ begin perform 1 into strict; end $$',
    'insert into a values (1) returning *',
  ])('%s does', async (sql) => {
    expect(await why(sql)).toBeUndefined();
  });

  test('nor the initial schema, which brings the journal along', async () => {
    const { migrations } = await compile({
      'initial_schema.sql': 'create table a ()',
      '001_b.sql': 'select 1',
    });
    const [migration] = migrations;
    expect(migration && whyAttached({ migration, direction: 'up' })?.reason).toContain('the initial schema');
  });
});

describe('the place that a message names', () => {
  test.each([
    ['42703', 'column "titel" does not exist', 'select titel from t', 'titel'],
    ['42703', 'column t.titel does not exist', 'select t.Titel from t', 'Titel'],
    ['42P01', 'relation "s.nope" does not exist', 'select * from s.nope', 'nope'],
    ['42P01', 'relation "No" does not exist', 'select 1 from "No", no', '"No"'],
    ['42883', 'function f(integer, text) does not exist', "select f(1, 'f')", 'f('],
    ['42704', 'type "citex" does not exist', 'create table a (b citex)', 'citex'],
    ['22P02', 'invalid input syntax for type integer: "x"', "select 'y', 'x'::int -- 'x'", "'x'"],
    ['42703', 'column "ä" does not exist', "select 'öö', ä", 'ä'],
  ])('%s %s', (sqlstate, message, sql, token) => {
    const at = sql.indexOf(token);
    expect(placeByName(sql, { sqlstate, message })).toBe([...sql.slice(0, at)].length + 1);
  });

  test.each([
    ['there more than once', '42703', 'column "x" does not exist', 'select x from t where x = 1', undefined],
    ['not there', '42703', 'column "x" does not exist', "select 'x' -- x", undefined],
    ['of no place', '23505', 'duplicate key value violates unique constraint "x"', 'select x', undefined],
    ['in a function', '42703', 'column "x" does not exist', 'select x', 'SQL function "f"'],
  ])('is not told where it is %s', (_, sqlstate, message, sql, context) => {
    expect(placeByName(sql, { sqlstate, message, context })).toBeUndefined();
  });
});

test('a name tells how far a session is, in the bytes that a server keeps', () => {
  const name = progressName('registry-jobs up', 2, 7);
  expect(name).toBe('registry-jobs up 2/7');
  const long = progressName('ä'.repeat(60), 10_000, 10_000);
  expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(63);
  expect(readProgress(long)).toEqual({ statement: 10_000, statements: 10_000 });
  expect(readProgress('registry-jobs up')).toBeUndefined();
});

test.each([
  ['2026-11-28T09:00:00Z', '2026-11-28T09:00:00'],
  ['2026-11-28T09:00:00.123456Z', '2026-11-28T09:00:00.123456'],
])('%s is a moment', (text, moment) => {
  expect(momentOf(text)).toBe(moment);
});

test.each([
  '',
  'now',
  '2026-11-28',
  '2026-11-28T09:00:00+01:00',
  '2026-13-28T09:00:00Z',
  "2026-11-28T09:00:00Z'",
])('%j is none', (text) => {
  expect(() => momentOf(text)).toThrow(expect.objectContaining({ code: 'bad-since' }));
});

test('moments are compared with as many digits as they have', () => {
  expect(isAfter('2026-11-28T09:00:00.5Z', '2026-11-28T09:00:00Z')).toBe(true);
  expect(isAfter('2026-11-28T09:00:00Z', '2026-11-28T09:00:00.5Z')).toBe(false);
  expect(isAfter('2026-11-28T09:00:00.123457', '2026-11-28T09:00:00.123456Z')).toBe(true);
});

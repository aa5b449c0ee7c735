import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseGrammar } from '../../lib/postgres/parser/grammar.ts';
import { notInTransaction } from '../../lib/postgres/parser/not-in-transaction.ts';
import { loadParser } from '../../lib/postgres/parser/parser.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let client: pg.Client;
let version: number;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  client = await database.connect();
  await client.query(`SET statement_timeout = '20s'; CREATE TABLE t (a int); CREATE INDEX i ON t (a);
    CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE c PARTITION OF p DEFAULT; CREATE INDEX pi ON p (a);
    CREATE PROCEDURE proc() LANGUAGE plpgsql AS 'begin null; end'; CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;
    CREATE UNIQUE INDEX vi ON v (a); CREATE TYPE e AS ENUM ('a')`);
  const { rows } = await client.query('SHOW server_version_num');
  version = Number(rows[0].server_version_num);
});
afterAll(() => database.drop());

/** Runs statements inside one transaction block, which is rolled back, and gives the SQLSTATE of the last one. */
async function codeInside(before: string, sql: string): Promise<string> {
  await client.query('BEGIN');
  try {
    if (before) await client.query(before);
    return await client.query(sql).then(
      () => 'ok',
      (error) => error.code,
    );
  } finally {
    await client.query('ROLLBACK');
  }
}

const formOf = (sql: string) => {
  const [kind = '', node] = Object.entries(parseGrammar(sql).statements[0]?.stmt ?? {})[0] ?? [];
  return notInTransaction(kind, node);
};

const NOWHERE = `CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere' PUBLICATION p`;
const SUBSCRIBED = `CREATE SUBSCRIPTION s ${NOWHERE} WITH (connect = false)`;
const ENABLED = `${SUBSCRIBED}; ALTER SUBSCRIPTION s ENABLE`;

describe('what is known to be refused inside a transaction block is what this server refuses', () => {
  test.each<[string, { before?: string; since?: number }?]>([
    ['create index concurrently x on t (a)'],
    ['create index x on t (a)'],
    ['drop index concurrently i'],
    ['drop index i'],
    ['reindex index concurrently i'],
    ['reindex (concurrently off) index i'],
    ['reindex (concurrently on, verbose) table t'],
    ['reindex table t'],
    ['reindex schema public'],
    ['reindex schema concurrently public'],
    ['reindex database', { since: 160000 }],
    ['reindex (concurrently) database', { since: 160000 }],
    ['reindex system', { since: 160000 }],
    ['cluster'],
    ['cluster verbose'],
    ['cluster t using i'],
    ['vacuum'],
    ['vacuum (analyze off) t'],
    ['vacuum full t'],
    ['analyze t'],
    ['analyze'],
    ['alter table p detach partition c concurrently'],
    ['alter table p detach partition c'],
    ['alter table p detach partition c finalize'],
    ['refresh materialized view concurrently v'],
    [`alter type e add value 'b'`],
    ['alter system set work_mem = 100'],
    ['alter system reset work_mem'],
    ['create database x_test'],
    ['drop database if exists x_test'],
    ['drop database if exists x_test with (force)'],
    ['alter database postgres set tablespace pg_default'],
    ['alter database postgres connection limit -1'],
    ['alter database postgres set work_mem = 100'],
    ['alter database postgres reset all'],
    [`create tablespace x location '/nowhere'`],
    ['drop tablespace if exists x'],
    ['alter tablespace pg_default set (seq_page_cost = 1)'],
    ['discard all'],
    ['discard temp'],
    ['discard plans'],
    ['discard sequences'],
    ['checkpoint'],
    ['call proc()'],
    ['do $$ begin null; end $$'],
    ['listen x'],
    ['create role x_test_role'],
    ['create publication x for table t'],
    ['create event trigger x on ddl_command_end execute function nothing()'],
    ['create extension if not exists plpgsql'],
    [`load 'plpgsql'`],
    [`create subscription s ${NOWHERE}`],
    [`create subscription s ${NOWHERE} with (connect = true, enabled = false)`],
    [`create subscription s ${NOWHERE} with (create_slot)`],
    [`create subscription s ${NOWHERE} with (connect = false)`],
    [`create subscription s ${NOWHERE} with (connect = 0, slot_name = none)`],
    [`create subscription s ${NOWHERE} with (create_slot = off)`],
    ['drop subscription s', { before: SUBSCRIBED }],
    ['alter subscription s refresh publication', { before: ENABLED }],
    ['alter subscription s refresh publication with (copy_data = false)', { before: ENABLED }],
    ['alter subscription s set publication x', { before: ENABLED }],
    ['alter subscription s set publication x with (refresh = false)', { before: ENABLED }],
    ['alter subscription s add publication x with (copy_data = false)', { before: ENABLED }],
    ['alter subscription s add publication x with (refresh = off)', { before: ENABLED }],
    [
      'alter subscription s drop publication p with (refresh)',
      { before: `${ENABLED}; ALTER SUBSCRIPTION s ADD PUBLICATION x WITH (refresh = false)` },
    ],
    ['alter subscription s set (slot_name = none)', { before: SUBSCRIBED }],
    ['alter subscription s set (synchronous_commit = off)', { before: SUBSCRIBED }],
    ['alter subscription s set (failover = true)', { before: SUBSCRIBED, since: 170000 }],
    ['alter subscription s set (two_phase = false)', { before: SUBSCRIBED, since: 180000 }],
    ['alter subscription s set (two_phase = true)', { before: SUBSCRIBED, since: 180000 }],
    ['alter subscription s enable', { before: SUBSCRIBED }],
    ['alter subscription s disable', { before: ENABLED }],
    [`alter subscription s connection 'host=127.0.0.1 port=2'`, { before: SUBSCRIBED }],
    ['alter subscription s skip (lsn = none)', { before: SUBSCRIBED }],
    ['alter subscription s rename to r', { before: SUBSCRIBED }],
  ])('%s', async (sql, { before = '', since = 0 } = {}) => {
    if (version < since) return;
    expect({ sql, known: formOf(sql) !== undefined }).toEqual({
      sql,
      known: (await codeInside(before, sql)) === '25001',
    });
  });
});

describe('what only the catalog tells is left to the server', () => {
  test.each<[string, string, string]>([
    ['reindex table p', '', '25001'],
    ['reindex index pi', '', '25001'],
    ['cluster p using pi', '', '25001'],
  ])('%s', async (sql, before, code) => {
    expect(formOf(sql)).toBeUndefined();
    expect(await codeInside(before, sql)).toBe(code);
  });

  test('a subscription without a slot may be dropped inside', async () => {
    const sql = 'drop subscription s';
    expect(await codeInside(`${SUBSCRIBED}; ALTER SUBSCRIPTION s SET (slot_name = none)`, sql)).toBe('ok');
  });
});

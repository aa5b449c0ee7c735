import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import { readProperties, type Snapshot } from '../../lib/plan/snapshot.ts';
import type { SendOptions } from '../../lib/postgres/session/connection.ts';
import { ledgerTables } from '../../lib/postgres/snapshot/left-out.ts';
import { readSnapshot } from '../../lib/postgres/snapshot/read-snapshot.ts';
import { snapshotSql } from '../../lib/postgres/snapshot/snapshot-sql.ts';
import { describeDifference } from '../../lib/reports/difference.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  createStage,
  type OpenSession,
  openSession,
  type SnapshotStage,
  withSession,
} from '../support/snapshot-database.ts';
import { MUTATIONS } from '../support/snapshot-mutations.ts';

/** The version that the sentences are of. */
const SENTENCES_OF = 18;

/** Catalogs with numbers of their own that have no object here: what they hold is a property, or belongs to the whole server. */
const PARTS = [
  ...['pg_attrdef', 'pg_enum', 'pg_largeobject_metadata', 'pg_publication_namespace', 'pg_publication_rel'],
  ...['pg_auth_members', 'pg_parameter_acl', 'pg_tablespace'],
];

let stage: SnapshotStage;
let database: TestDatabase;
let session: OpenSession;
let before: Snapshot;

beforeAll(async () => {
  stage = await createStage();
  database = await stage.create();
  session = await openSession(database);
  before = await readSnapshot(session.connection);
});
afterAll(async () => {
  await session?.close();
  await stage.drop();
});

/** Kinds that are found by one query have their properties in common. */
function queryOf(kind: string): string {
  if (/table$|view$/.test(kind)) return 'relation';
  if (kind === 'column' || kind === 'attribute') return 'column';
  if (/ key$| constraint$/.test(kind)) return 'constraint';
  return kind === 'procedure' ? 'function' : kind;
}

/** What was seen to change so far. */
const seen = new Set<string>();

/** Within a transaction that is undone, what is said of what was changed there. */
async function changedBy(statements: readonly string[]): Promise<string[]> {
  const { connection } = session;
  await connection.send('BEGIN READ WRITE');
  try {
    for (const sql of statements)
      await connection.send(stage.named(sql).replaceAll('DATABASE', database.name));
    const after = await readSnapshot(connection, { inTransaction: true });
    const differences = compareSnapshots(before, after);
    for (const { kind, property } of differences) seen.add(`${queryOf(kind)}: ${property ?? 'itself'}`);
    return differences.map((each) => stage.plain(describeDifference(each)));
  } finally {
    await connection.send('ROLLBACK');
  }
}

describe('a change is seen', () => {
  const batches = Map.groupBy(MUTATIONS, ({ batch }) => batch);

  test.each([...batches])('of batch %i', async (_, all) => {
    const mutations = all.filter(({ since = 0 }) => since <= stage.major);
    if (stage.major !== SENTENCES_OF) {
      for (const { sql } of mutations) expect(await changedBy([sql]), sql).not.toEqual([]);
      return;
    }
    const said = await changedBy(mutations.map(({ sql }) => sql));
    expect(said.sort()).toEqual(mutations.flatMap(({ says }) => says).sort());
  });

  test('of each property of each kind', () => {
    // Older ones have fewer.
    if (stage.major !== SENTENCES_OF) return;
    const properties = [...before.values()].flatMap(({ kind, properties }) =>
      ['itself', ...Object.keys(JSON.parse(properties))].map(
        (name) => `${queryOf(kind)}: ${name.replace('[]', '')}`,
      ),
    );
    const all = new Set(properties);
    expect(all.size).toBeGreaterThan(250);
    // Nobody can drop it while they are there.
    expect([...all].filter((property) => !seen.has(property))).toEqual(['database: itself']);
  });
});

describe('no difference', () => {
  test('where the same was made in another order, in another database, by another session', async () => {
    const other = await stage.create(
      (groups) => groups.toReversed(),
      `create table junk (id serial primary key); drop table junk;
       set search_path = moved, app, pg_catalog; set DateStyle = 'German'; set IntervalStyle = 'iso_8601';
       set TimeZone = 'Asia/Tokyo'; set extra_float_digits = -15; set bytea_output = 'escape'`,
    );
    const made = await withSession(other, (connection) => readSnapshot(connection));
    expect(compareSnapshots(before, made)).toEqual([]);
    expect(made).toEqual(before);
  });

  test('whatever the session is set to, which stays as it is', async () => {
    const settings = `SELECT string_agg(name || '=' || setting, E'\\n' ORDER BY name) AS all FROM pg_catalog.pg_settings
      WHERE name NOT LIKE 'transaction%'`;
    await withSession(database, async (connection) => {
      await connection.send('BEGIN READ WRITE');
      await connection.send(
        stage.named(`CREATE TEMP TABLE pg_class (oid int); SET search_path = app, pg_temp, pg_catalog; SET DateStyle = 'SQL, DMY';
          SET IntervalStyle = 'sql_standard'; SET TimeZone = 'Asia/Tokyo'; SET quote_all_identifiers = on; SET bytea_output = 'escape';
          SET extra_float_digits = -10; SET standard_conforming_strings = off; SET plan_cache_mode = force_custom_plan;
          SET enable_hashjoin = off; SET enable_seqscan = off; SET statement_timeout = '5s'; SET ROLE alice`),
      );
      const [was] = (await connection.send(settings)).rows;
      const within = await readSnapshot(connection, { inTransaction: true });
      const [is] = (await connection.send(settings)).rows;
      const who = (await connection.send('SELECT current_user AS role')).rows[0]?.role;
      await connection.send('ROLLBACK');
      expect(compareSnapshots(before, within)).toEqual([]);
      expect(is).toEqual(was);
      expect(who).toBe(stage.named('alice'));
    });
  });

  test('after somebody has discarded what the session had', async () => {
    await withSession(database, async (connection) => {
      await readSnapshot(connection);
      await connection.send('DISCARD PLANS; DEALLOCATE ALL');
      await connection.send('BEGIN READ WRITE');
      await connection.send('CREATE TABLE app.later (id integer)');
      await connection.send('DEALLOCATE ALL');
      const after = await readSnapshot(connection, { inTransaction: true });
      await connection.send('ROLLBACK');
      expect(compareSnapshots(before, after).map(describeDifference)).toEqual(['table app.later is new']);
      expect(compareSnapshots(before, await readSnapshot(connection))).toEqual([]);
    });
  });
});

const addressOf = ({ catalog, object, part }: Record<string, unknown>) => `${catalog} ${object} ${part}`;

describe('a snapshot', () => {
  test('has a name of its own for each object, and none of the numbers that the server gave', async () => {
    const sql = snapshotSql({ major: stage.major, cluster: true });
    await withSession(database, async (connection) => {
      await connection.send('BEGIN');
      await connection.send('SET LOCAL search_path = pg_catalog, pg_temp');
      const { rows } = await connection.send(sql);
      await connection.send('ROLLBACK');
      const objects = rows.filter(({ properties }) => properties !== null);
      const addresses = new Set(objects.map(addressOf));
      const ownerless = rows.filter((row) => row.properties === null && !addresses.has(addressOf(row)));
      const members = await connection.send(
        `SELECT classid AS catalog, objid AS object FROM pg_catalog.pg_depend WHERE deptype = 'e'`,
      );
      const ofExtensions = new Set(members.rows.map(({ catalog, object }) => `${catalog} ${object}`));
      // What is said of an object is found at it, but for what came with an extension or the server.
      expect(
        ownerless.filter(
          ({ catalog, object }) => Number(object) >= 16_384 && !ofExtensions.has(`${catalog} ${object}`),
        ),
      ).toEqual([]);
      const { rows: unseen } = await connection.send(
        `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid'
          WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND c.oid <> ALL ($1) ORDER BY 1`,
        { values: [objects.map(({ catalog }) => catalog)] },
      );
      expect(
        unseen.map(({ relname }) => relname).filter((catalog) => !PARTS.includes(String(catalog))),
      ).toEqual([]);
      const all = await readSnapshot(connection, { cluster: true });
      expect(all.size).toBe(objects.length);
      const numbers = new Set(rows.map(({ object }) => Number(object)).filter((oid) => oid >= 16_384));
      const shown = JSON.stringify([...before.values()]).match(/\b\d{5,}\b/g) ?? [];
      expect(numbers.size).toBeGreaterThan(100);
      expect(shown.filter((number) => numbers.has(Number(number)))).toEqual([]);
    });
  });

  test('has no secret', () => {
    const text = JSON.stringify([...before.values()]);
    expect(text).toContain('(hidden)');
    expect(text).not.toContain('hush');
  });

  test('can be taken by a role that may do nothing, of which the server hides what is not its own', async () => {
    const url = new URL(database.url);
    await database.query(stage.named(`alter role carol login password 'for-the-test'`));
    url.username = stage.named('carol');
    url.password = 'for-the-test';
    const seen = await withSession({ ...database, url: url.toString() }, (connection) =>
      readSnapshot(connection),
    );
    const said = compareSnapshots(before, seen).map((each) => stage.plain(describeDifference(each)));
    expect(said).toEqual([
      'user mapping for alice on there lost its options: password=(hidden), user=far_alice',
      'user mapping for public on there lost its options: user=anybody',
      ...said.filter((sentence) => sentence.startsWith('subscription back lost its')),
    ]);
    expect(said).toContain(
      'subscription back lost its connection: host=db.example dbname=shop password=(hidden)',
    );
  });

  test('leaves out a ledger with all that belongs to it', async () => {
    await withSession(database, async (connection) => {
      await connection.send('BEGIN READ WRITE');
      await connection.send(`CREATE TABLE app."Ledger" (version text PRIMARY KEY); COMMENT ON TABLE app."Ledger" IS 'Ours.';
        CREATE TABLE app."Ledger_journal" (id bigserial PRIMARY KEY, note text); CREATE INDEX ON app."Ledger_journal" (note);
        CREATE TABLE app."Ledger_others" (id int)`);
      const leaveOut = ledgerTables({ schema: 'app', table: 'Ledger' });
      const after = await readSnapshot(connection, { inTransaction: true, leaveOut });
      await connection.send('ROLLBACK');
      expect(compareSnapshots(before, after).map(describeDifference)).toEqual([
        'table app."Ledger_others" is new',
      ]);
    });
  });

  test('has the roles and what they may be where that is asked for', async () => {
    await withSession(database, async (connection) => {
      const was = await readSnapshot(connection, { cluster: true });
      await connection.send('BEGIN READ WRITE');
      await connection.send(
        stage.named(`GRANT alice TO bob WITH ADMIN OPTION; ALTER ROLE alice CREATEDB CONNECTION LIMIT 3;
          ALTER ROLE alice SET work_mem = '9MB'; COMMENT ON ROLE bob IS 'Bob.'`),
      );
      const is = await readSnapshot(connection, { inTransaction: true, cluster: true });
      await connection.send('ROLLBACK');
      const said = compareSnapshots(was, is).map((each) => stage.plain(describeDifference(each)));
      // The server is shared: other tests make roles of their own meanwhile.
      expect(said.filter((sentence) => /^role (?:alice|bob) /.test(sentence))).toEqual([
        'role alice is now able to create databases',
        'role alice has a new connection limit: 3',
        'role alice has a new settings: work_mem=9MB',
        'role bob has a new comment: Bob.',
      ]);
      expect(said.filter((sentence) => sentence.startsWith('membership bob in alice'))).toHaveLength(1);
    });
  });

  test('knows the tablespaces', async () => {
    if (stage.major < 15) return;
    const name = stage.named('space_SUFFIX');
    const other = await stage.create();
    await other.query('set allow_in_place_tablespaces = on');
    await other.query(`create tablespace ${name} location ''`);
    try {
      await withSession(other, async (connection) => {
        const was = await readSnapshot(connection, { cluster: true });
        await connection.send('BEGIN READ WRITE');
        await connection.send(`ALTER TABLE app.serials SET TABLESPACE ${name}; ALTER INDEX app.parents_mood SET TABLESPACE ${name};
          ALTER TABLE app.events SET TABLESPACE ${name}; ALTER TABLESPACE ${name} SET (seq_page_cost = 2)`);
        const is = await readSnapshot(connection, { inTransaction: true, cluster: true });
        await connection.send('ROLLBACK');
        // The server is shared: other tests make roles of their own meanwhile.
        const found = compareSnapshots(was, is).filter(
          ({ kind }) => kind !== 'role' && kind !== 'membership',
        );
        expect(found.map((each) => stage.plain(describeDifference(each)))).toEqual([
          'table app.events has a new tablespace: space',
          'index app.parents_mood has a new tablespace: space',
          'table app.serials has a new tablespace: space',
          'tablespace space has a new options: seq_page_cost=2',
        ]);
      });
    } finally {
      await other.query(`drop tablespace ${name}`);
    }
  });

  test('is taken again where something was gone when its definition was asked for', async () => {
    const GONE = `DO $$ begin raise exception 'could not open relation with OID 1' using errcode = 'XX000'; end $$`;
    await withSession(database, async (connection) => {
      let fails = 0;
      let looks = 0;
      const unlucky = {
        ...connection,
        send: (sql: string, options?: SendOptions) => {
          if (!sql.startsWith('EXECUTE')) return connection.send(sql, options);
          looks++;
          return connection.send(fails-- > 0 ? GONE : sql, options);
        },
      };
      fails = 3;
      expect(await readSnapshot(unlucky)).toEqual(before);
      fails = 1;
      expect(await readSnapshot(unlucky)).toEqual(before);
      expect(looks).toBe(6);
      fails = 100;
      await expect(readSnapshot(unlucky)).rejects.toMatchObject({ code: 'XX000' });
      expect(looks).toBe(16);
    });
  });

  test('waits for no lock longer than the session does', async () => {
    const client = await database.connect();
    await client.query('begin; lock table app.parents in access exclusive mode');
    await withSession(database, async (connection) => {
      await connection.send(`SET lock_timeout = '50ms'`);
      await expect(readSnapshot(connection)).rejects.toMatchObject({ code: '55P03' });
      await client.query('rollback');
      expect(await readSnapshot(connection)).toEqual(before);
    });
  });

  test('is not taken in a transaction that has failed, or in none where there should be one', async () => {
    await withSession(database, async (connection) => {
      await connection.send('BEGIN');
      await connection.send('SELECT 1 / 0').catch(() => {});
      const within = () => readSnapshot(connection, { inTransaction: true });
      await expect(within()).rejects.toMatchObject({ code: '25P02' });
      await connection.send('ROLLBACK');
      await expect(within()).rejects.toMatchObject({ code: '25P01' });
      expect(await readSnapshot(connection)).toEqual(before);
    });
  });

  test('says of each object what is not as by default', () => {
    const column = before.get('column size of table app.parents');
    expect(column && Object.fromEntries(readProperties(column))).toEqual({
      type: 'bigint',
      default: '0',
      options: ['n_distinct=5'],
      privileges: [stage.named('bob=w/postgres')],
    });
  });
});

import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { copyFrom, createRegistryTemplate, type RegistryTemplate } from './registry.ts';
import { refresh, wrongMonths, wrongStatistics } from './statistics.ts';
import { audit, type Move } from './statistics-programs.ts';

/** A registry with few institutions and options, whose tables take any row and let any go. */
export function createStageTemplate(): Promise<RegistryTemplate> {
  // Columns that no statistic looks at have defaults. Autovacuum is off, since it takes locks when it likes.
  return createRegistryTemplate(async (client) => {
    await client.query(`
      insert into institutions (id, name, identifier, member_institution_id)
        values (1, 'One', 'one', null), (2, 'Same name', 'two', null), (3, 'Same name', 'three', 1);
      delete from storage_options where name not in ('Standard', 'S3-VA', 'Glacier-OH');
      alter table intellectual_objects alter title set default 't', alter identifier set default gen_random_uuid()::text;
      alter table generic_files alter identifier set default gen_random_uuid()::text;
      alter table work_items alter name set default 'n', alter stage set default 'Receive', alter status set default 'Pending';
      alter table premis_events alter date_time set default now(), disable trigger premis_events_append_only;
      do $$ declare r record; begin
        for r in select conrelid::regclass as t, conname from pg_constraint
          where confrelid in ('generic_files'::regclass, 'work_items'::regclass, 'intellectual_objects'::regclass,
            'premis_events'::regclass)
        loop execute format('alter table %s drop constraint %I', r.t, r.conname); end loop;
        for r in select oid::regclass as t from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
        loop execute format('alter table %s set (autovacuum_enabled = off)', r.t); end loop;
      end $$;
      ${refresh}`);
  });
}

/** The same few rows in the four tables, whatever was there before; with ids that programs know. Not refreshed yet. */
const startSql = `
  delete from generic_files; delete from intellectual_objects; delete from work_items; delete from premis_events;
  select setval(pg_get_serial_sequence(t, 'id'), 1000)
  from unnest(array['generic_files', 'intellectual_objects', 'work_items', 'premis_events']) t;
  update storage_options set cost_gb_per_month = 0.0123 * id;
  update institutions set name = 'Same name', member_institution_id = null where id = 2;
  select rebuild_statistics();
  insert into generic_files (id, institution_id, storage_option, state, intellectual_object_id, created_at, size)
    select k, 1 + k % 3, (array['Standard', 'S3-VA'])[1 + k % 2], 'A', 1 + k % 4, date '2019-11-30' + 31 * k, k * 1000
    from generate_series(1, 12) k;
  insert into intellectual_objects (id, institution_id) select k, 1 + k % 3 from generate_series(1, 4) k;
  insert into work_items (id, institution_id, action) select k, 1 + k % 3, 'Ingest' from generate_series(1, 6) k;
  insert into premis_events (id, institution_id, event_type, outcome)
    select k, 1 + k % 3, 'ingestion', (array['Success', null])[1 + k % 2] from generate_series(1, 6) k`;

/**
 * Makes a fold of few changes take as long as one of many, so that others commit meanwhile. The pause comes once a table's cells
 * are written: a fold that emptied the queue only then, by a statement of its own, would lose what has come since.
 */
export const slowFolds = `
  create function take_time() returns trigger language plpgsql as $$ begin perform pg_sleep(0.0003); return null; end $$;
  do $$ declare r record; begin
    for r in select oid::regclass as t from pg_class where relkind = 'r' and relname like '%\\_cells'
    loop execute format('create trigger take_time after insert on %s for each statement execute function take_time()', r.t);
    end loop;
  end $$`;

/** What clients that do as they please must expect. All of it rolls back, and nothing of it may spoil the statistics. */
const refusals: Readonly<Record<string, string>> = {
  '23505': 'the id exists',
  '25001': 'in a transaction',
  '25P01': 'not in a transaction',
  '25P02': 'in a transaction that failed',
  '3B001': 'no such savepoint',
  '40001': 'serialization failure',
  '40P01': 'deadlock',
  '42704': 'nothing is prepared',
  '42710': 'prepared already',
  '53400': 'the server has no room to prepare more',
  '55000': 'prepared by a backend that is still leaving, or nothing may be prepared on this server',
  '55P03': 'lock timeout',
};

/** A database with connections by name, which open when they are needed. */
export interface Stage {
  readonly db: TestDatabase;
  /** Ends all transactions and begins anew. */
  start(): Promise<void>;
  /** Lets a connection do something. What is refused rolls back to the savepoint `s`, or else everything. */
  play(move: Move): Promise<void>;
  /** Commits everything and refreshes by the given SQL: the first rows of what is wrong then, or [] if nothing is. */
  finish(refresh: string): Promise<unknown[]>;
  drop(): Promise<void>;
}

/** Opens a stage on a copy of the template. `settings`: SQL for each connection. */
export async function openStage(template: RegistryTemplate, settings: string): Promise<Stage> {
  const db = await createTestDatabase({ template: template.name });
  // A server with JIT would compile the plain queries of every program, for ten times as long as they run.
  await db.query('set jit = off');
  const clients = new Map<string, Promise<pg.Client>>();
  const connect = async () => {
    const client = await db.connect();
    await client.query(`set client_min_messages = error; ${settings}`);
    return client;
  };
  const end = async (how: 'commit' | 'rollback') => {
    for (const client of await Promise.all(clients.values()))
      await client.query(how).catch(() => client.query('rollback'));
    const prepared = 'select gid from pg_prepared_xacts where database = current_database() order by gid';
    for (const { gid } of await db.query(prepared)) await db.query(`${how} prepared '${gid}'`);
  };
  return {
    db,
    start: async () => {
      await end('rollback');
      await db.query(startSql);
    },
    play: async ({ by, sql, data }) => {
      const connecting = clients.get(by) ?? connect();
      clients.set(by, connecting);
      const client = await connecting;
      const text = sql.replace(`'client`, `'${db.name}`); // names of what is prepared are the whole server's
      try {
        if (data !== undefined) return await copyFrom(client, text, data);
        const { rows } = await client.query(text);
        if (sql === audit && rows.length > 0)
          throw new Error(`${by} found by audit: ${JSON.stringify(rows)}`);
      } catch (error) {
        if (!(String((error as { code?: string }).code) in refusals)) throw error;
        await client.query('rollback to s').catch(() => client.query('rollback'));
      }
    },
    finish: async (lastRefresh) => {
      await end('commit');
      const before = await db.query(audit);
      // History is frozen once written, so all of it has to be written now.
      await db.query(`truncate historical_deposit_stats; ${lastRefresh}`);
      const lists = [
        before,
        await db.query(audit),
        await wrongStatistics(db),
        await wrongMonths(db),
        // Right or not, they would pile up.
        await db.query('select * from object_refs where files <= 0'),
        await db.query(`select * from (${refresh}) again where (counts, deposits, history) <> (0, 0, 0)`),
      ];
      return lists.flatMap((rows) => rows.slice(0, 5));
    },
    drop: () => db.drop(),
  };
}

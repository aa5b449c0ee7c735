import { type Spread, spread } from './statistics.ts';
import type { BenchRegistry } from './statistics-database.ts';
import { compare } from './statistics-writes.ts';

export interface AlternativeResult {
  readonly capture: string;
  readonly single: Spread;
  readonly bulk: Spread;
}

const KINDS = {
  ev_none: 'no capture',
  ev_statement: 'statement trigger',
  ev_row: 'row trigger',
  ev_xid8: 'xid8 column, index',
};

/** Four copies of the table of events that differ in how they are captured only. */
export async function measureAlternatives(
  registry: BenchRegistry,
  say: (progress: string) => void,
): Promise<AlternativeResult[]> {
  say('ways to capture events');
  const client = await registry.connect();
  try {
    const tables = Object.keys(KINDS) as (keyof typeof KINDS)[];
    for (const table of tables) {
      await client.query(`create table ${table} (like premis_events including all);
        alter table ${table} add foreign key (generic_file_id) references generic_files, add foreign key (institution_id) references institutions,
          add foreign key (intellectual_object_id) references intellectual_objects;
        insert into ${table} select * from premis_events where id <= 200000;
        select setval(pg_get_serial_sequence('${table}', 'id'), 200000)`);
    }
    await client.query(`create function ev_row() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        begin insert into premis_event_changes values (new.institution_id, new.event_type, new.outcome, 1); return null; end $$;
      create trigger capture after insert on ev_row for each row execute function ev_row();
      create trigger capture after insert on ev_statement referencing new table as added
        for each statement execute function capture_premis_event_insert();
      alter table ev_xid8 add written_by xid8; alter table ev_xid8 alter written_by set default pg_current_xact_id();
      create index on ev_xid8 (written_by) where written_by is not null`);
    await client.query('vacuum analyze');
    await client.query('set synchronous_commit = off');
    const single = `insert into EVENTS (event_type, date_time, outcome, detail, generic_file_id, institution_id)
      values ('fixity check', now(), 'Success', 'Fixity matches', $1::bigint, 1 + $1::bigint % 30)`;
    const bulk = `insert into EVENTS (event_type, date_time, outcome, detail, generic_file_id, institution_id)
      select 'fixity check', now(), 'Success', 'Fixity matches', k, 1 + k % 30 from generate_series($1::bigint % LAST + 1, $1::bigint % LAST + 20000) k`;
    const nothing = () => Promise.resolve();
    const singles = await compare(
      client,
      { what: '', sql: single, statements: 200, rows: 1 },
      24,
      tables,
      registry.files,
      nothing,
    );
    const bulks = await compare(
      client,
      { what: '', sql: bulk, statements: 1, rows: 20_000 },
      6,
      tables,
      registry.files,
      nothing,
    );
    return tables.map((table, index) => ({
      capture: KINDS[table],
      single: spread(singles[index] ?? []),
      bulk: spread(bulks[index] ?? []),
    }));
  } finally {
    await client.end();
  }
}

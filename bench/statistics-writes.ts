import type pg from 'pg';
import { median, type Spread, spread } from './statistics.ts';
import type { BenchRegistry } from './statistics-database.ts';

export interface WriteResult {
  readonly what: string;
  readonly synchronous: boolean;
  /** Microseconds for one row. */
  readonly without: Spread;
  readonly with: Spread;
  /** The median of the quotients of neighbouring blocks: what slows the machine for a while slows both. */
  readonly ratio: number;
}

interface Operation {
  readonly what: string;
  readonly sql: string;
  /** Statements in a block, and rows that one statement writes. */
  readonly statements: number;
  readonly rows: number;
}

const aFile = `(gen_random_uuid()::text, 'image/tiff', 123456, 1 + $1::bigint % OBJECTS, 1 + $1::bigint % 30, 'Standard', now() at time zone 'utc')`;
const fileColumns =
  'identifier, file_format, size, intellectual_object_id, institution_id, storage_option, created_at';
const OPERATIONS: readonly Operation[] = [
  {
    what: 'insert of a file',
    sql: `insert into generic_files (${fileColumns}) values ${aFile}`,
    statements: 200,
    rows: 1,
  },
  {
    what: 'fixity check',
    sql: `update generic_files set last_fixity_check = now(), updated_at = now() where id = $1::bigint`,
    statements: 200,
    rows: 1,
  },
  {
    what: 'update of all columns, nothing else changed',
    sql: `update generic_files set identifier = identifier, file_format = file_format, size = size, state = state,
      intellectual_object_id = intellectual_object_id, institution_id = institution_id, storage_option = storage_option,
      uuid = uuid, mod_time = mod_time, created_at = created_at, last_fixity_check = now(), updated_at = now() where id = $1::bigint`,
    statements: 200,
    rows: 1,
  },
  {
    what: 'change of state',
    sql: `update generic_files set state = case state when 'A' then 'D' else 'A' end, updated_at = now() where id = $1::bigint`,
    statements: 200,
    rows: 1,
  },
  {
    what: 'insert of an event',
    sql: `insert into premis_events (event_type, date_time, outcome, detail, object, agent, generic_file_id, institution_id)
      values ('fixity check', now(), 'Success', 'Fixity matches', 'preservation-services', 'https://example.org/', $1::bigint, 1 + $1::bigint % 30)`,
    statements: 200,
    rows: 1,
  },
  {
    what: '100,000 files at once',
    sql: `insert into generic_files (${fileColumns}) select gen_random_uuid()::text, 'image/tiff', 123456, 1 + k % OBJECTS, 1 + k % 30,
      'Standard', now() at time zone 'utc' from generate_series($1::bigint, $1::bigint + 99999) k`,
    statements: 1,
    rows: 100_000,
  },
];

/** Each operation in blocks, alternately with and without the triggers, on one connection. */
export async function measureWrites(registry: BenchRegistry): Promise<WriteResult[]> {
  const client = await registry.connect();
  try {
    const results: WriteResult[] = [];
    for (const synchronous of [true, false]) {
      await client.query(`set synchronous_commit = ${synchronous ? 'on' : 'off'}`);
      for (const operation of OPERATIONS) {
        const blocks = operation.rows > 1 ? 5 : 16;
        const times = await compare(client, operation, blocks, ['disable', 'enable'], registry.files, (arm) =>
          client.query(
            `alter table generic_files ${arm} trigger user; alter table premis_events ${arm} trigger user`,
          ),
        );
        const [without = [], captured = []] = times;
        const ratio = median(captured.map((time, index) => time / (without[index] ?? Number.NaN)));
        results.push({
          what: operation.what,
          synchronous,
          without: spread(without),
          with: spread(captured),
          ratio,
        });
      }
    }
    return results;
  } finally {
    await client.query(
      'alter table generic_files enable trigger user; alter table premis_events enable trigger user',
    );
    await client.end();
  }
}

let next = 1;

/** @returns for each arm the microseconds a row of each of its blocks */
async function compare<Arm extends string>(
  client: pg.Client,
  { sql, statements, rows }: Operation,
  blocks: number,
  arms: readonly Arm[],
  files: number,
  prepare: (arm: Arm) => Promise<unknown>,
): Promise<number[][]> {
  const times: number[][] = arms.map(() => []);
  for (let block = -1; block < blocks; block++) {
    // Turned round every time, so that no arm is always the one behind the other.
    const order = block % 2 === 0 ? [...arms.keys()] : [...arms.keys()].reverse();
    for (const index of order) {
      const arm = arms[index] as Arm;
      await prepare(arm);
      const text = sql
        .replaceAll('EVENTS', arm)
        .replaceAll('OBJECTS', String(Math.floor(files * 0.034)))
        .replaceAll('LAST', String(files - 20_000));
      const query = { name: `${arm} ${sql.length} ${statements}`, text };
      const wide = rows > 1 ? rows : 1;
      await client.query({ ...query, values: [1 + (next % files)] });
      next += wide;
      const began = performance.now();
      for (let k = 0; k < statements; k++, next += wide)
        await client.query({ ...query, values: [1 + (next % files)] });
      const micros = ((performance.now() - began) * 1000) / (statements * rows);
      if (block >= 0) times[index]?.push(micros); // the first one warms up
    }
  }
  return times;
}

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
export async function measureAlternatives(registry: BenchRegistry): Promise<AlternativeResult[]> {
  const client = await registry.connect();
  try {
    const tables = Object.keys(KINDS) as (keyof typeof KINDS)[];
    for (const table of tables) {
      await client.query(`create table ${table} (like premis_events including all);
        alter table ${table} add foreign key (generic_file_id) references generic_files, add foreign key (institution_id) references institutions,
          add foreign key (intellectual_object_id) references intellectual_objects;
        insert into ${table} select * from premis_events where id <= 200000`);
    }
    await client.query(`create function ev_row() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        begin insert into premis_event_changes values (new.institution_id, new.event_type, new.outcome, 1); return null; end $$;
      create trigger capture after insert on ev_row for each row execute function ev_row();
      create trigger capture after insert on ev_statement referencing new table as added
        for each statement execute function capture_premis_events();
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

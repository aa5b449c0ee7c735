import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
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

export interface Operation {
  readonly what: string;
  /** `$1` is a number that was not used before; for several rows, the first of them. */
  readonly sql: string;
  /** Statements in a block, and rows that one statement writes. */
  readonly statements: number;
  readonly rows: number;
  /** The file that the statement reads, to be written before the clock runs. */
  readonly input?: { readonly file: string; readonly line: (row: number) => string };
}

const BULK = 100_000;

const aFile = `(gen_random_uuid()::text, 'image/tiff', 123456, 1 + $1::bigint % OBJECTS, 1 + $1::bigint % 30, 'Standard', now() at time zone 'utc')`;
const fileColumns =
  'identifier, file_format, size, intellectual_object_id, institution_id, storage_option, created_at';
const SINGLE_ROWS: readonly Operation[] = [
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
];

/** COPY of 100,000 files, from a file that the server reads itself: so nothing of a client is in it. */
function copy(folder: string, files: number): Operation {
  const file = path.join(folder, 'files.txt');
  const created = new Date().toISOString().slice(0, 19);
  return {
    what: `COPY of ${BULK} files`,
    sql: `copy generic_files (${fileColumns}) from '${file}'`,
    statements: 1,
    rows: BULK,
    input: {
      file,
      line: (row) =>
        [
          `copied/${row}`,
          'image/tiff',
          123456,
          1 + (row % objectsOf(files)),
          1 + (row % 30),
          'Standard',
          created,
        ].join('\t'),
    },
  };
}

const objectsOf = (files: number) => Math.floor(files * 0.034);

/** Each operation in blocks, alternately with and without the triggers, on one connection. */
export async function measureWrites(
  registry: BenchRegistry,
  folder: string,
  say: (progress: string) => void,
): Promise<WriteResult[]> {
  const client = await registry.connect();
  const capture = (arm: string) =>
    client.query(
      `alter table generic_files ${arm} trigger user; alter table premis_events ${arm} trigger user`,
    );
  // The server is another user of this machine.
  await chmod(folder, 0o755);
  try {
    const results: WriteResult[] = [];
    for (const synchronous of [true, false]) {
      await client.query(`set synchronous_commit = ${synchronous ? 'on' : 'off'}`);
      for (const operation of [...SINGLE_ROWS, copy(folder, registry.files)]) {
        say(`what capture costs: ${operation.what}`);
        const blocks = operation.rows > 1 ? 8 : 30;
        const times = await compare(
          client,
          operation,
          blocks,
          ['disable', 'enable'],
          registry.files,
          capture,
        );
        const [without = [], captured = []] = times;
        const ratio = median(captured.map((time, index) => time / (without[index] ?? Number.NaN)));
        const { what } = operation;
        results.push({ what, synchronous, without: spread(without), with: spread(captured), ratio });
      }
    }
    return results;
  } finally {
    await capture('enable');
    await client.end();
  }
}

let next = 1;

/** @returns for each arm the microseconds a row of each of its blocks */
export async function compare<Arm extends string>(
  client: pg.Client,
  { sql, statements, rows, input }: Operation,
  blocks: number,
  arms: readonly Arm[],
  files: number,
  prepare: (arm: Arm) => Promise<unknown>,
): Promise<number[][]> {
  const times: number[][] = arms.map(() => []);
  const run = async (name: string, text: string) => {
    const first = next;
    next += rows;
    if (!input) return timed(() => client.query({ name, text, values: [1 + (first % files)] }));
    const lines = Array.from({ length: rows }, (_, row) => input.line(first + row));
    await writeFile(input.file, `${lines.join('\n')}\n`, { mode: 0o644 });
    const took = await timed(() => client.query(text));
    await rm(input.file);
    return took;
  };
  for (let block = -1; block < blocks; block++) {
    // Turned round every time, so that no arm is always the one behind the other.
    const order = block % 2 === 0 ? [...arms.keys()] : [...arms.keys()].reverse();
    for (const index of order) {
      const arm = arms[index] as Arm;
      await prepare(arm);
      const text = sql
        .replaceAll('EVENTS', arm)
        .replaceAll('OBJECTS', String(objectsOf(files)))
        .replaceAll('LAST', String(Math.max(1, files - 20_000)));
      const name = `${arm} ${sql.length} ${statements}`;
      if (!input) await run(name, text); // plans are made anew after ALTER TABLE
      let total = 0;
      for (let k = 0; k < statements; k++) total += await run(name, text);
      if (block >= 0) times[index]?.push((total * 1000) / (statements * rows)); // the first one warms up
    }
  }
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

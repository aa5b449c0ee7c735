import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import {
  copyFrom,
  createRegistryTemplate,
  loadFixtures,
  type RegistryTemplate,
} from '../support/registry.ts';
import { refresh, wrongMonths, wrongStatistics } from '../support/statistics.ts';

let template: RegistryTemplate;

beforeAll(async () => {
  template = await createRegistryTemplate(async (client) => {
    await loadFixtures(client);
    await client.query(refresh);
    // So that files can be deleted and truncated without everything that refers to them.
    await client.query(`do $$ declare r record; begin
      for r in select conrelid::regclass as t, conname from pg_constraint
        where confrelid in ('generic_files'::regclass, 'work_items'::regclass, 'intellectual_objects'::regclass,
          'premis_events'::regclass)
      loop execute format('alter table %s drop constraint %I', r.t, r.conname); end loop;
      alter table premis_events disable trigger premis_events_append_only; end $$`);
  });
});
afterAll(() => template.drop());

/** Numbers that look random, and are the same for the same seed (mulberry32). */
function dice(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  return { below, pick };
}
type Dice = ReturnType<typeof dice>;

const options = ['Standard', 'S3-VA', 'Glacier-OH', 'Wasabi-TX'];
const months = [
  '2013-06-15',
  '2014-01-31 23:59:59.9',
  '2014-02-01',
  '2019-12-31',
  '2020-02-29',
  '2026-10-31',
  '2031-01-01',
];

/** One statement. Most touch few rows of few keys, so that the same cells and objects are hit again and again. */
function statement({ below, pick }: Dice): string {
  const some = () => `id between ${below(300)} and ${below(300)} and id % ${1 + below(9)} = 0`;
  const size = () => pick(['null', '0', String(below(1e9)), '9223372036854775807']);
  const file = () =>
    `(gen_random_uuid()::text, ${size()}::bigint, ${1 + below(12)}, ${1 + below(5)}, '${pick(options)}', '${pick(['A', 'A', 'D'])}', '${pick(months)}'::timestamp)`;
  const columns =
    'identifier, size, intellectual_object_id, institution_id, storage_option, state, created_at';
  const set = () =>
    pick([
      `state = '${pick(['A', 'D'])}'`,
      `size = ${size()}`,
      `storage_option = '${pick(options)}'`,
      `institution_id = ${1 + below(5)}`,
      `intellectual_object_id = ${1 + below(12)}`,
      `created_at = '${pick(months)}'`,
      'last_fixity_check = now()',
      `(${columns}) = row(identifier, size, intellectual_object_id, institution_id, storage_option, '${pick(['A', 'D'])}', created_at)`,
    ]);
  const event = () =>
    `('${pick(['ingestion', 'deletion', 'fixity check'])}', now(), ${pick([`'Success'`, `'Failure'`, 'null'])}, ${1 + below(5)})`;
  const from = below(300);
  return pick([
    () =>
      `insert into generic_files (${columns}) values ${Array.from({ length: 1 + below(9) }, file).join()}`,
    () => `insert into generic_files (${columns}) values ${file()}`,
    () => `update generic_files set ${set()} where ${some()}`,
    () => `update generic_files set ${set()} where ${some()}`,
    () => `update generic_files set ${set()}, ${'updated_at = now()'} where id = ${below(300)}`,
    () => `delete from generic_files where ${some()} and id % 7 = ${below(7)}`,
    () => `insert into generic_files (id, ${columns}) select k, made.* from generate_series(${from}, ${from + below(20)}) k,
      lateral (values ${file()}) made where k >= 0 on conflict (id) do update set ${set().replace(/^\(.*/, `state = 'A'`)}`,
    () =>
      `insert into generic_files (id, ${columns}) select 1, made.* from (values ${file()}) made on conflict do nothing`,
    () => `merge into generic_files f using generate_series(${from}, ${from + below(30)}) k on f.id = k
      when matched and k % 3 = ${below(3)} then delete when matched and k % 3 = ${below(3)} then update set size = ${size()}, state = 'A'
      when matched then do nothing
      when not matched then insert (id, ${columns}) values (k, gen_random_uuid()::text, 7, ${1 + below(12)}, 2, 'S3-VA', 'A', '2020-02-29')`,
    () =>
      `insert into premis_events (event_type, date_time, outcome, institution_id) values ${Array.from({ length: 1 + below(5) }, event).join()}`,
    () => `update premis_events set outcome = ${pick(['null', `'Failure'`])} where ${some()}`,
    () => `delete from premis_events where ${some()} and id % 5 = 0`,
    () =>
      `insert into work_items (name, action, stage, status, institution_id) values ('x', '${pick(['Ingest', 'Delete'])}', 'Receive', 'Pending', ${1 + below(5)})`,
    () =>
      `update work_items set ${pick([`action = 'Restore Object'`, `stage = 'Cleanup'`, `institution_id = ${1 + below(5)}`])} where ${some()}`,
    () => `delete from work_items where id = ${below(60)}`,
    () =>
      `insert into intellectual_objects (title, identifier, institution_id, state) values ('t', gen_random_uuid()::text, ${1 + below(5)}, 'A')`,
    () =>
      `update intellectual_objects set state = '${pick(['A', 'D'])}', institution_id = ${1 + below(5)} where id = ${1 + below(20)}`,
    () =>
      `update storage_options set cost_gb_per_month = ${below(100) / 1000} where name = '${pick(options)}'`,
    () => `update institutions set name = 'Name ${below(9)}' where id = ${1 + below(5)}`,
    ...(below(8) === 0
      ? [() => `truncate ${pick(['generic_files', 'premis_events', 'work_items', 'intellectual_objects'])}`]
      : []),
  ])();
}

/** One transaction of one of many shapes. */
async function transaction(client: pg.Client, chance: Dice): Promise<void> {
  const { below, pick } = chance;
  const run = async (statements: number) => {
    for (let k = 0; k < statements; k++) {
      if (below(12) > 0) await client.query(statement(chance));
      else {
        const line = () =>
          `${randomUUID()},${below(99)},${1 + below(12)},${1 + below(5)},${pick(options)},${pick(months)}\n`;
        const sql = `copy generic_files (identifier, size, intellectual_object_id, institution_id, storage_option, created_at) from stdin (format csv)`;
        await copyFrom(client, sql, Array.from({ length: below(20) }, line).join(''));
      }
    }
  };
  const shape = below(10);
  if (shape < 3) return run(1);
  await client.query(
    `begin isolation level ${pick(['read committed', 'read committed', 'repeatable read', 'serializable'])}`,
  );
  await run(1 + below(3));
  if (shape < 5) {
    await client.query('savepoint a');
    await run(1);
    await client.query(pick(['rollback to a', 'release a']));
    await run(below(2));
  }
  if (shape === 5) await client.query(refresh);
  if (shape === 6) {
    const name = randomUUID();
    await client.query(`prepare transaction '${name}'`);
    await new Promise((resolve) => setTimeout(resolve, below(30)));
    await client.query(`${pick(['commit', 'commit', 'rollback'])} prepared '${name}'`);
    return;
  }
  await client.query(pick(['commit', 'commit', 'commit', 'rollback']));
}

/** What may happen to clients that do as they please: a deadlock, a serialization failure, a key that exists. */
const expected = new Set(['40P01', '40001', '23505', '21000', '25P02', '57014', '55P03', '25001', '22003']);

test.each([1, 2, 3])('whatever clients do at once, the statistics are exact (seed %i)', async (seed) => {
  const db = await createTestDatabase({ template: template.name });
  const errors = new Map<string, number>();
  let until = performance.now() + 2500;
  const attempt = async (client: pg.Client, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      const code = String((error as { code?: string }).code);
      if (!expected.has(code)) {
        until = 0;
        throw error;
      }
      errors.set(code, (errors.get(code) ?? 0) + 1);
      await client.query('rollback');
    }
  };
  try {
    let transactions = 0;
    let folds = 0;
    const writers = Array.from({ length: 5 }, async (_, number) => {
      const client = await db.connect();
      await client.query(`set deadlock_timeout = '20ms'; set client_min_messages = error`);
      const chance = dice(seed * 1000 + number);
      for (; performance.now() < until; transactions++)
        await attempt(client, () => transaction(client, chance));
    });
    const folders = Array.from({ length: 2 }, async (_, number) => {
      const client = await db.connect();
      const { pick } = dice(seed * 2000 + number);
      for (; performance.now() < until; folds++) {
        const begin = pick(['begin', 'begin', 'begin', 'begin isolation level repeatable read']);
        const end = pick(['commit', 'commit', 'commit', 'rollback']);
        const work = pick([...Array<string>(20).fill(refresh), 'select rebuild_statistics()']);
        await attempt(client, () => client.query(`${begin}; ${work}; ${end}`));
      }
    });
    const auditor = db.connect().then(async (client) => {
      while (performance.now() < until) {
        await attempt(client, async () => {
          expect((await client.query('select * from audit_statistics()')).rows).toEqual([]);
        });
      }
    });
    // All of them, so that a failure does not leave others at work.
    const ended = await Promise.allSettled([...writers, ...folders, auditor]);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
    expect(transactions).toBeGreaterThan(100);
    expect(folds).toBeGreaterThan(10);

    expect(await db.query('select * from audit_statistics()')).toEqual([]);
    await db.query(refresh);
    expect(await db.query('select * from audit_statistics()')).toEqual([]);
    expect(await wrongStatistics(db)).toEqual([]);
    await db.query('select rebuild_historical_deposit_stats()');
    expect(await wrongMonths(db)).toEqual([]);
    expect(await db.query(refresh)).toEqual([{ counts: 0, deposits: 0, history: 0 }]);
    if (process.env.SHOW_RANDOM) console.log({ seed, transactions, folds, errors });
  } finally {
    await db.drop();
  }
});

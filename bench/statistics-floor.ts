import type { BenchRegistry } from './statistics-database.ts';

/** The rows that something wrote, kept aside, and a bare statement that writes them once more. */
export interface Floor {
  readonly rows: number;
  /** Upserts them all, in one statement. */
  readonly sql: string;
  drop(): Promise<void>;
}

/** The number that the next transaction will have. */
export async function nextTransaction(registry: BenchRegistry): Promise<string> {
  const { rows } = await registry.query('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  return rows[0].next;
}

/**
 * What was written since a transaction, beside the application's own tables: what is there of it. To delete what was taken from the queues, and rows that
 * went, is not in it, so it is less than the least that a fold could do.
 *
 * @param since from {@link nextTransaction}
 */
export async function keepWritten(registry: BenchRegistry, since: string): Promise<Floor> {
  const { rows: tables } = await registry.query(KEYED);
  const parts: string[] = [];
  let rows = 0;
  for (const { name, keys, others, kept } of tables) {
    // xmin has 32 bits; nobody gets there in a run of the benchmark.
    const { rowCount } = await registry.query(
      `create table ${kept} as select * from ${name} where xmin::text::bigint >= ${since}`,
    );
    if (!rowCount) continue;
    rows += rowCount;
    const set = others === null ? 'nothing' : `update set ${others}`;
    parts.push(`insert into ${name} select * from ${kept} on conflict (${keys}) do ${set} returning 1`);
  }
  const named = parts.map((part, index) => `w${index} as (${part})`);
  return {
    rows,
    sql: parts.length > 0 ? `with ${named.join(', ')} select 1` : 'select 1',
    drop: async () => {
      await registry.query(`drop table if exists ${tables.map(({ kept }) => kept).join(', ')}`);
    },
  };
}

/** Tables with a key, the queues left out, which have none. */
const KEYED = `select c.oid::regclass::text as name, 'floor_' || c.oid as kept,
    (select string_agg(quote_ident(a.attname), ', ') from pg_attribute a where a.attrelid = c.oid and a.attnum = any (k.indkey)) as keys,
    (select string_agg(format('%1$I = excluded.%1$I', a.attname), ', ') from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attnum <> all (k.indkey)) as others
  from pg_class c
  cross join lateral (select i.indkey::int2[] as indkey from pg_index i
    where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null order by i.indisprimary desc, i.indexrelid limit 1) k
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname not like 'floor\\_%'`;

import type { IndexShape, Leftover } from '../../migrations/script/statement.ts';
import { nobodyElseBuilds } from '../catalog/indexes.ts';
import type { Connection } from '../session/connection.ts';
import { tableAsWritten } from './read-left.ts';

/** What a CREATE INDEX CONCURRENTLY leaves whose name Postgres chooses. */
export type Unnamed = Extract<Leftover, { kind: 'index' }> & { readonly shape: IndexShape };

export function isUnnamed(leftover: Leftover): leftover is Unnamed {
  return leftover.kind === 'index' && leftover.shape !== undefined;
}

/** The table as it was before the statement began, in JSON: by its oid, so that another name changes nothing. */
interface Before {
  readonly table: string;
  /** The numbers of the columns that the statement names. */
  readonly columns: Readonly<Record<string, number>>;
  /** The oids of indexes of that shape: they are not its work. */
  readonly alike: readonly string[];
}

/** An index as the catalog has it, as far as a statement may say of it. */
export interface IndexRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly valid: boolean;
  /** Nobody else builds it. */
  readonly free: boolean;
  /** The transaction that changes it, or has, or would have. */
  readonly change: string;
  /** It belongs to a constraint. */
  readonly owned: boolean;
  readonly method: string;
  readonly unique: boolean;
  readonly partial: boolean;
  /** How many of its columns are keys; the others are only carried along. */
  readonly keys: number;
  /** The numbers of its columns; 0 for an expression. */
  readonly columns: readonly number[];
  /** Of each key: 1 for DESC, 2 for NULLS FIRST. */
  readonly options: readonly number[];
}

/** Indexes of the shape that were not there before the statement began. */
export interface NewIndexes {
  readonly indexes: readonly IndexRow[];
  /** One that was there before is gone, and may have come back as one of those: a REINDEX gives it another oid. */
  readonly isReplaced: boolean;
}

const TABLE = `SELECT c.oid::text AS oid, (SELECT pg_catalog.json_object_agg(a.attname, a.attnum)
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)`;

const INDEXES = `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, i.indisvalid AS valid,
    ${nobodyElseBuilds('i', 'i.indrelid')} AS free, i.xmax::text AS change,
    EXISTS (SELECT FROM pg_catalog.pg_constraint s WHERE s.conindid = c.oid) AS owned,
    m.amname AS method, i.indisunique AS unique, i.indpred IS NOT NULL AS partial, i.indnkeyatts AS keys,
    pg_catalog.to_json(i.indkey::int2[]) AS columns, pg_catalog.to_json(i.indoption::int2[]) AS options
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_am m ON m.oid = c.relam
  WHERE i.indrelid = $1::pg_catalog.oid ORDER BY n.nspname, c.relname`;

/** Of REINDEX CONCURRENTLY: a name that Postgres chooses for a new index ends otherwise. */
const COPY = /_cc(new|old)\d*$/;

/** Whether an index may be the one that a statement builds. Pure. */
export function fits(shape: IndexShape, numbers: Readonly<Record<string, number>>, row: IndexRow): boolean {
  const { method, unique, partial, keys, include } = shape;
  const isSame = row.method === method && row.unique === unique && row.partial === partial;
  if (!isSame || row.keys !== keys.length || row.columns.length !== keys.length + include.length)
    return false;
  const numberOf = (column: string | undefined) => (column === undefined ? 0 : (numbers[column] ?? 0));
  const areKeys = keys.every(({ column, cast, descending, nullsFirst }, at) => {
    const found = row.columns[at];
    const isColumn = found === numberOf(column) || (cast === true && found === 0);
    // Other methods keep no order.
    const order = Number(descending) + 2 * Number(nullsFirst);
    return isColumn && (method !== 'btree' || row.options[at] === order);
  });
  return areKeys && include.every((column, at) => row.columns[keys.length + at] === numberOf(column));
}

/** What has to be known before the statement begins; nothing where there is no such table, as the statement will say. */
export async function readBefore(connection: Connection, left: Unnamed): Promise<string | undefined> {
  const [table] = (await connection.send(TABLE, { values: [tableAsWritten(left)] })).rows;
  if (!table) return undefined;
  const oid = String(table.oid);
  const all = (table.columns ?? {}) as Readonly<Record<string, number>>;
  const named = [...left.shape.keys.map(({ column }) => column), ...left.shape.include];
  const columns = Object.fromEntries(Object.entries(all).filter(([name]) => named.includes(name)));
  const rows = await readIndexes(connection, oid);
  const alike = rows.filter((row) => fits(left.shape, columns, row)).map((row) => row.oid);
  return JSON.stringify({ table: oid, columns, alike } satisfies Before);
}

/** @param before what {@link readBefore} gave */
export async function readNew(
  connection: Connection,
  { shape }: Unnamed,
  before: string | undefined,
): Promise<NewIndexes> {
  if (before === undefined) return { indexes: [], isReplaced: false };
  const { table, columns, alike } = JSON.parse(before) as Before;
  const rows = await readIndexes(connection, table);
  const isNew = (row: IndexRow) =>
    !alike.includes(row.oid) && !COPY.test(row.name) && fits(shape, columns, row);
  const isReplaced = alike.some((oid) => !rows.some((row) => row.oid === oid));
  return { indexes: rows.filter(isNew), isReplaced };
}

async function readIndexes(connection: Connection, table: string): Promise<IndexRow[]> {
  return (await connection.send(INDEXES, { values: [table] })).rows as unknown as IndexRow[];
}

/** What new indexes say of a statement whose end is not known; undefined where more than one may be its work. Pure. */
export function judgeNew({ indexes, isReplaced }: NewIndexes): 'done' | 'not-done' | undefined {
  const [first, ...others] = indexes;
  if (!indexes.some(({ valid }) => valid)) return 'not-done';
  return first && others.length === 0 && !isReplaced && !first.owned ? 'done' : undefined;
}

import type { Leftover, RelationName } from '../../migrations/script/statement.ts';
import { nobodyElseBuilds } from '../catalog/indexes.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';

export const quoted = ({ schema, name }: { readonly schema?: string; readonly name: string }) =>
  schema ? `${quoteIdentifier(schema)}.${quoteIdentifier(name)}` : quoteIdentifier(name);

/** An index lives in the schema of its table, wherever the search path leads to. */
const INDEX = `SELECT i.indisvalid AS valid, n.nspname AS schema, c.relname AS name, c.oid::text AS oid,
    ${nobodyElseBuilds('i', 'i.indrelid')} AS free, i.xmax::text AS change
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = $2`;
const ITS_OWN = 'i.indrelid = pg_catalog.to_regclass($1)';
/** IF NOT EXISTS is content with an index of this name on any table of the schema. */
export const ANY_OF_NAME =
  'c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1))';

/** A table with its partitions, down to the lowest: a REINDEX of it rebuilds their indexes. The function knows no other tables. */
const withPartitions = (table: string) =>
  `(t.oid = ${table} OR t.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(${table})))`;

/** Indexes of what a REINDEX names that are not valid, those on its TOAST tables and partitions too. */
export function invalidOf(leftover: Extract<Leftover, { kind: 'reindex' }>): {
  sql: string;
  values: string[];
} {
  const { target, schema, name } = leftover;
  const tables = {
    table: withPartitions('pg_catalog.to_regclass($1)'),
    index: withPartitions(
      `(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass($1))`,
    ),
    schema: `t.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)`,
    database: `$1::text IS NOT NULL`,
    system: `$1::text IS NOT NULL`,
  }[target];
  const value =
    target === 'schema'
      ? (name ?? '')
      : name === undefined
        ? ''
        : quoted({ ...(schema && { schema }), name });
  return {
    sql: `SELECT n.nspname AS schema, c.relname AS name, c.relname ~ '_cc(new|old)[0-9]*$' AS copy, i.xmax::text AS change
      FROM pg_catalog.pg_class t
      JOIN pg_catalog.pg_index i ON i.indrelid IN (t.oid, t.reltoastrelid)
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relkind = 'i' AND t.relkind IN ('r', 'm', 'p') AND ${tables}
        AND ${nobodyElseBuilds('i', 'i.indrelid', 't.oid')}
      ORDER BY 1, 2`,
    values: [value],
  };
}

const DETACH = `SELECT h.inhdetachpending AS pending FROM pg_catalog.pg_inherits h
  WHERE h.inhparent = pg_catalog.to_regclass($1) AND h.inhrelid = pg_catalog.to_regclass($2)`;

/** Only Postgres 14 and newer detach concurrently. */
export async function readDetach(
  connection: Connection,
  { parent, partition }: { readonly parent: RelationName; readonly partition: RelationName },
): Promise<'attached' | 'pending' | 'detached'> {
  const { rows } = await connection.send(DETACH, { values: [quoted(parent), quoted(partition)] });
  const [row] = rows;
  return row ? (row.pending === true ? 'pending' : 'attached') : 'detached';
}

export async function readIndex(
  connection: Connection,
  leftover: Extract<Leftover, { kind: 'index' }>,
  which = ITS_OWN,
) {
  const values = [tableAsWritten(leftover), leftover.name];
  const { rows } = await connection.send(`${INDEX} AND ${which}`, { values });
  return rows[0];
}

/** The table of an index, quoted: with its schema in front, if the statement has one. */
export function tableAsWritten({ schema, table }: Extract<Leftover, { kind: 'index' }>): string {
  const bare = schema ? table.slice(schema.length + 1) : table;
  return quoted({ ...(schema && { schema }), name: bare });
}

export async function readRelation(connection: Connection, name: RelationName): Promise<string | null> {
  const sql = 'SELECT pg_catalog.to_regclass($1)::oid::text AS oid';
  const { rows } = await connection.send(sql, { values: [quoted(name)] });
  return (rows[0]?.oid ?? null) as string | null;
}

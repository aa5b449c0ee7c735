import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Leftover, RelationName, Script, Statement } from '../../migrations/script/statement.ts';
import type { Begun } from '../../plan/known.ts';
import { nobodyElseBuilds } from '../catalog/indexes.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';

/**
 * What the catalog tells of a statement that is no transaction by itself. Such a statement is done, or it is not, or it has left something
 * behind; which of them is read here, by another session if need be, so that no answer has to be believed that never came.
 */
export type Found = 'done' | 'not-done';

export const quoted = ({ schema, name }: { readonly schema?: string; readonly name: string }) =>
  schema ? `${quoteIdentifier(schema)}.${quoteIdentifier(name)}` : quoteIdentifier(name);

/** An index lives in the schema of its table, wherever the search path leads to. */
const INDEX = `SELECT i.indisvalid AS valid, n.nspname AS schema, c.relname AS name, c.oid::text AS oid,
    ${nobodyElseBuilds('i.indrelid')} AS free
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = $2`;
const ITS_OWN = 'i.indrelid = pg_catalog.to_regclass($1)';
/** IF NOT EXISTS is content with an index of this name on any table of the schema. */
const ANY_OF_NAME =
  'c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1))';

/** A table with its partitions, down to the lowest: a REINDEX of it rebuilds their indexes. The function knows no other tables. */
const withPartitions = (table: string) =>
  `(t.oid = ${table} OR t.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(${table})))`;

/** Indexes of what a REINDEX names that are not valid, those on its TOAST tables and partitions too. */
function invalidOf(leftover: Extract<Leftover, { kind: 'reindex' }>): { sql: string; values: string[] } {
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
    sql: `SELECT n.nspname AS schema, c.relname AS name, c.relname ~ '_cc(new|old)[0-9]*$' AS copy
      FROM pg_catalog.pg_class t
      JOIN pg_catalog.pg_index i ON i.indrelid IN (t.oid, t.reltoastrelid)
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relkind = 'i' AND t.relkind IN ('r', 'm', 'p') AND ${tables}
        AND ${nobodyElseBuilds('i.indrelid', 't.oid')}
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

async function readIndex(
  connection: Connection,
  leftover: Extract<Leftover, { kind: 'index' }>,
  which = ITS_OWN,
) {
  const { schema, table, name } = leftover;
  // As it is written: with its schema in front, if it has one.
  const bare = schema ? table.slice(schema.length + 1) : table;
  const relation = quoted({ ...(schema && { schema }), name: bare });
  const { rows } = await connection.send(`${INDEX} AND ${which}`, { values: [relation, name] });
  return rows[0];
}

/**
 * What a statement is about to change, as it is before it begins: what is there then is not its work.
 *
 * @param connection a session with the search path of the file
 */
export async function lookBefore(connection: Connection, leftover: Leftover): Promise<Begun> {
  const before = await readBefore(connection, leftover);
  return { leftover, ...(before !== undefined && { before }) };
}

async function readBefore(connection: Connection, leftover: Leftover): Promise<string | undefined> {
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover, ANY_OF_NAME);
    return index && String(index.oid);
  }
  if (leftover.kind === 'drop-index') return (await readRelation(connection, leftover)) ?? undefined;
  if (leftover.kind !== 'detach') return undefined;
  return (await readDetach(connection, leftover)) === 'detached' ? undefined : 'attached';
}

async function readRelation(connection: Connection, name: RelationName): Promise<string | null> {
  const sql = 'SELECT pg_catalog.to_regclass($1)::oid::text AS oid';
  const { rows } = await connection.send(sql, { values: [quoted(name)] });
  return (rows[0]?.oid ?? null) as string | null;
}

/**
 * Whether a statement whose answer never came is done, as far as the catalog tells; undefined where it does not.
 *
 * @param connection a session with the search path of the file
 */
export async function examine(
  connection: Connection,
  { leftover, before }: Begun,
): Promise<Found | undefined> {
  switch (leftover.kind) {
    case 'index': {
      const index = await readIndex(connection, leftover);
      return index?.valid === true && index.oid !== before ? 'done' : 'not-done';
    }
    case 'drop-index':
      return before !== undefined && (await readRelation(connection, leftover)) !== before
        ? 'done'
        : 'not-done';
    case 'detach':
      return before !== undefined && (await readDetach(connection, leftover)) === 'detached'
        ? 'done'
        : 'not-done';
    case 'reindex':
      // Built once more, it does no harm.
      return 'not-done';
  }
}

/**
 * Removes what an attempt that failed has left, or finishes it.
 *
 * @returns true when the statement's own work is done by that
 */
export async function cleanUp(connection: Connection, leftover: Leftover): Promise<boolean> {
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover);
    if (index?.valid === false && index.free === true) await drop(connection, index);
  }
  if (leftover.kind === 'reindex') {
    const { sql, values } = invalidOf(leftover);
    const { rows } = await connection.send(sql, { values });
    for (const row of rows) if (row.copy === true) await drop(connection, row);
  }
  if (leftover.kind === 'detach' && (await readDetach(connection, leftover)) === 'pending') {
    const { parent, partition } = leftover;
    const finalize = `ALTER TABLE ${quoted(parent)} DETACH PARTITION ${quoted(partition)} FINALIZE`;
    await connection.send(finalize, WAITS_FOR_OTHERS);
    return true;
  }
  return false;
}

/** As long as they take, like the statement of the file whose work it is. */
const WAITS_FOR_OTHERS = { mayTakeMs: Infinity };

/** It cannot be in use, and costs every write; a plain DROP INDEX would keep readers out while it waits. */
async function drop(connection: Connection, { schema, name }: Record<string, unknown>): Promise<void> {
  await connection.send(
    `DROP INDEX CONCURRENTLY IF EXISTS ${quoted({ schema: String(schema), name: String(name) })}`,
    WAITS_FOR_OTHERS,
  );
}

/**
 * What is invalid is never recorded as success: `IF NOT EXISTS` finds an invalid index and is content.
 *
 * @throws RegistryJobsError `invalid-index`
 */
export async function assertWhole(
  connection: Connection,
  leftover: Leftover,
  script: Script,
  statement: Statement,
): Promise<void> {
  const invalid = await invalidNames(connection, leftover);
  if (invalid.length === 0) return;
  const location = locate(script.file, script.text, statement.start);
  const them = invalid.length === 1 ? 'it' : 'them';
  throw new RegistryJobsError(
    'invalid-index',
    `${invalid.join(', ')} ${invalid.length === 1 ? 'is an invalid index' : 'are invalid indexes'}.`,
    {
      location,
      excerpt: excerpt(script.text, location),
      hint: `See whether somebody builds ${them} at this moment; if not, drop ${them} with DROP INDEX CONCURRENTLY. Then: registry-jobs resume`,
    },
  );
}

async function invalidNames(connection: Connection, leftover: Leftover): Promise<string[]> {
  const show = ({ schema, name }: Record<string, unknown>) => `${schema}.${name}`;
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover, ANY_OF_NAME);
    return index?.valid === false ? [show(index)] : [];
  }
  if (leftover.kind !== 'reindex') return [];
  const { sql, values } = invalidOf(leftover);
  return (await connection.send(sql, { values })).rows.map(show);
}

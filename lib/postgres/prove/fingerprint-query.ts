import type { Connection } from '../session/connection.ts';
import type { Texts } from '../snapshot/any-bytes.ts';
import { columnOptions, FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { writtenRows } from './written.ts';

/** Columns that change by themselves, with what is only stored otherwise, or with what else is looked at: how many columns a table has had. */
const NOT_LOOKED_AT: readonly string[] = [
  ...['relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid', 'relfilenode'],
  ...['datfrozenxid', 'datminmxid', 'indcheckxmin', 'relnatts'],
];

/** Catalogs of what is no schema: samples of the data, what a server as a whole has, and what follows from others. */
const NO_SCHEMA = [
  ...['pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_subscription_rel', 'pg_shdepend'],
  ...['pg_authid', 'pg_auth_members', 'pg_tablespace', 'pg_replication_origin'],
];

/** Small catalogs, and those whose rows about the server's own objects somebody may take away: comments. They are looked at as a whole. */
const WHOLE: ReadonlySet<string> = new Set([
  ...['pg_description', 'pg_extension', 'pg_language', 'pg_largeobject_metadata', 'pg_namespace'],
]);

/** Catalogs in which somebody may change what is about the server's own objects: who may use them. */
const MAY_CHANGE: ReadonlySet<string> = new Set(['pg_attribute', 'pg_class', 'pg_proc', 'pg_type']);

/** A table's columns. Those of the server are the same for all tables, but for who may read them. */
const ATTRIBUTES = 'NOT c.attisdropped AND (c.attnum > 0 OR c.attacl IS NOT NULL)';

/** Each catalog, its columns that may be read, and the first of them that is the number of an object. */
const CATALOGS = `SELECT c.relname AS name, c.oid, string_agg(CASE a.attname WHEN 'attoptions' THEN $3 WHEN 'subconninfo' THEN 'pg_catalog.md5(c.subconninfo)' ELSE format('c.%I', a.attname) END, ', ' ORDER BY a.attnum) AS columns,
    bool_or(a.attname = 'oid') AS has_oid,
    (array_agg(a.attname::text ORDER BY a.attname <> 'oid', a.attname NOT IN ('objid', 'objoid'), a.attnum)
      FILTER (WHERE a.atttypid IN ('oid'::regtype, 'regproc'::regtype)))[1] AS number
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND has_column_privilege(c.oid, a.attnum, 'SELECT')
    AND a.attname <> ALL ($1::text[]) AND c.relname <> ALL ($2::text[])
  GROUP BY c.oid, c.relname ORDER BY c.relname`;

/** A catalog as the server describes it. */
export interface Catalog {
  readonly name: string;
  readonly oid: string;
  readonly columns: string;
  readonly hasOid: boolean;
  readonly number: string | null;
}

/** Which catalogs there are to look at. */
export async function readCatalogs(connection: Connection): Promise<readonly Catalog[]> {
  const { rows } = await connection.send(CATALOGS, {
    values: [NOT_LOOKED_AT, NO_SCHEMA, columnOptions('c.attoptions')],
  });
  return rows.map(({ name, oid, columns, has_oid: hasOid, number }) => ({
    ...{ name: String(name), oid: String(oid), columns: String(columns) },
    ...{ hasOid: hasOid === true, number: number === null ? null : String(number) },
  }));
}

/** SQL for how much of each catalog the transaction has written. Nothing, where the server does not count. */
export function writtenSql(catalogs: readonly Catalog[]): string {
  return `SELECT CASE WHEN pg_catalog.current_setting('track_counts')::boolean THEN pg_catalog.json_agg(${writtenRows('o')})::text END AS written
    FROM pg_catalog.unnest('{${catalogs.map(({ oid }) => oid).join()}}'::pg_catalog.oid[]) o`;
}

/** Whether to look for what came in a transaction, or after it was rolled back for what was there before it and had gone. */
export type When = 'came' | 'went';

/** SQL for the rows of some catalogs: `$1` is the transaction. */
export function lookSql(catalogs: readonly Catalog[], when: When, { sent }: Texts): string {
  if (catalogs.length > 0) return catalogs.map((one) => lookAt(one, when, sent)).join(' UNION ALL ');
  return `SELECT '' AS catalog, 0 AS count, '' AS sum, '' AS changed WHERE $1 IS NULL`;
}

/**
 * True of a row of the transaction. One that a transaction has taken away says so even after that was rolled back. How old the transaction is, is
 * asked once a catalog; and most rows are as old as the server (the transaction 1), or were never taken away (0), which is told sooner than an age.
 */
function isNew(row: string, when: When): string {
  const [column, never] = when === 'came' ? ['xmin', '1'] : ['xmax', '0'];
  const age = `pg_catalog.age(${row}.${column}) <= (SELECT pg_catalog.age($1))`;
  return `(${row}.${column} <> '${never}'::pg_catalog.xid AND ${age})`;
}

/** SQL for the rows of one catalog. */
function lookAt({ name, columns, hasOid, number }: Catalog, when: When, sent: Texts['sent']): string {
  const counted = `c.${number ?? 'tableoid'}::pg_catalog.oid::bigint`;
  const [oid, said] = hasOid ? ['c.oid', nameOf(name)] : ['NULL', 'NULL'];
  const changed = `(pg_catalog.json_agg(pg_catalog.json_build_array(${oid}, ${said}, ROW(${columns})::text, ${counted})) FILTER (WHERE ${isNew('c', when)}))::text`;
  // All rows are counted and summed up, not only those that stay: each condition is asked of some thousand rows, at each look.
  return `SELECT '${name}' AS catalog, pg_catalog.count(*)::int AS count, pg_catalog.sum(${counted})::text AS sum,
      ${sent(changed)} AS changed
    FROM pg_catalog.${name} c WHERE ${whichRows(name, number, when)}`;
}

/** Which rows of a catalog are looked at. */
function whichRows(name: string, number: string | null, when: When): string {
  if (name === 'pg_database') return 'c.datname = pg_catalog.current_database()';
  if (number === null || WHOLE.has(name)) return 'true';
  const own = (row: string) => `${row}.${number}::pg_catalog.oid >= ${FIRST_OWN_OID}`;
  if (!MAY_CHANGE.has(name)) return own('c');
  const ownOrNew = (row: string) => `(${own(row)} OR ${isNew(row, when)})`;
  if (name !== 'pg_attribute') return ownOrNew('c');
  // All columns of a row are taken apart up to the last one that is asked for, before the first is looked at: so its rows are found by the first.
  return `c.ctid = ANY (ARRAY(SELECT x.ctid FROM pg_catalog.${name} x WHERE ${ownOrNew('x')})) AND ${ATTRIBUTES}`;
}

/** SQL for the name of an object of a catalog; the server has none for values of an enum and for large objects. */
function nameOf(catalog: string): string {
  if (catalog === 'pg_enum') return `pg_catalog.concat(c.enumtypid::pg_catalog.regtype, '.', c.enumlabel)`;
  if (catalog === 'pg_largeobject_metadata') return 'NULL';
  return '(pg_catalog.pg_identify_object(c.tableoid, c.oid, 0)).identity';
}

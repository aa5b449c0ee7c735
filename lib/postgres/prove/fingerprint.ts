import type { Connection, QueryResult } from '../session/connection.ts';
import { readTexts, textsOf } from '../snapshot/any-bytes.ts';
import { columnOptions, FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { PREPARE_TABLES } from './capture.ts';

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
const WHOLE: ReadonlySet<unknown> = new Set([
  ...['pg_description', 'pg_extension', 'pg_language', 'pg_largeobject_metadata', 'pg_namespace'],
]);

/** Catalogs in which somebody may change what is about the server's own objects: who may use them. */
const MAY_CHANGE: ReadonlySet<unknown> = new Set(['pg_attribute', 'pg_class', 'pg_proc', 'pg_type']);

/** Each catalog, its columns that may be read, and the first of them that is the number of an object. */
const CATALOGS = `SELECT c.relname AS name, string_agg(CASE a.attname WHEN 'attoptions' THEN $3 WHEN 'subconninfo' THEN 'pg_catalog.md5(c.subconninfo)' ELSE format('c.%I', a.attname) END, ', ' ORDER BY a.attnum) AS columns,
    bool_or(a.attname = 'oid') AS has_oid,
    (array_agg(a.attname::text ORDER BY a.attname <> 'oid', a.attname NOT IN ('objid', 'objoid'), a.attnum)
      FILTER (WHERE a.atttypid IN ('oid'::regtype, 'regproc'::regtype)))[1] AS number
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND has_column_privilege(c.oid, a.attnum, 'SELECT')
    AND a.attname <> ALL ($1::text[]) AND c.relname <> ALL ($2::text[])
  GROUP BY c.relname ORDER BY c.relname`;

const QUERY = 'registry_jobs_fingerprint';

/** Which rows of the catalogs, of those that a transaction has had to do with: what came in it, or, after it was rolled back, what had gone. */
export type Side = 'came' | 'went';

/** A quick look at all catalogs, at what a transaction has done to them. */
export interface Fingerprint {
  /** To be sent: the query. */
  sql(side: Side): string;
  /** Its answer, with what of the rest is still there: as a text without the server's numbers. */
  read(rows: QueryResult['rows']): string;
}

const prepared = new WeakSet<Connection>();

/**
 * Begins to look, in a transaction; prepared once a session. Two states of one transaction that came from the same one are equal where the
 * look is, and a transaction has changed nothing where what came is what went; where they are not they may be equal all the same.
 */
export async function fingerprint(connection: Connection): Promise<Fingerprint> {
  if (!prepared.has(connection)) await prepare(connection);
  prepared.add(connection);
  const { rows } = await connection.send('SELECT pg_catalog.txid_current() % (2 ^ 32)::bigint AS now');
  return {
    sql: (side) => `EXECUTE ${QUERY} ('${rows[0]?.now}', ${side === 'went'})`,
    read: (found) => withoutNumbers(readTexts(textsOf(connection.serverEncoding), found, ['changed'])),
  };
}

/** A file may have taken from the session what was prepared in it. */
export function forgetFingerprint(connection: Connection): void {
  prepared.delete(connection);
}

async function prepare(connection: Connection): Promise<void> {
  const { rows } = await connection.send(CATALOGS, {
    values: [NOT_LOOKED_AT, NO_SCHEMA, columnOptions('c.attoptions')],
  });
  // A row that a transaction has taken away says so even after that was rolled back. How old the transaction is, is asked once a catalog.
  const isNew = 'pg_catalog.age(CASE WHEN $2 THEN c.xmax ELSE c.xmin END) <= (SELECT pg_catalog.age($1))';
  const { sent } = textsOf(connection.serverEncoding);
  const parts = rows.map(({ name, columns, has_oid: hasOid, number }) => {
    const fromOwn =
      typeof number === 'string' && !WHOLE.has(name)
        ? `c.${number}::pg_catalog.oid >= ${FIRST_OWN_OID}`
        : 'true';
    const isOwn =
      name === 'pg_database'
        ? 'c.datname = pg_catalog.current_database()'
        : MAY_CHANGE.has(name)
          ? `(${fromOwn} OR ${isNew})`
          : fromOwn;
    const counted = `c.${number ?? 'tableoid'}::pg_catalog.oid::bigint`;
    const [oid, said] = hasOid === true ? ['c.oid', nameOf(String(name))] : ['NULL', 'NULL'];
    const changed = `(pg_catalog.json_agg(pg_catalog.json_build_array(${oid}, ${said}, ROW(${columns})::text, ${counted})) FILTER (WHERE ${isNew}))::text`;
    // All rows are counted and summed up, not only those that stay: each condition is asked of some thousand rows, at each look.
    return `SELECT '${name}' AS catalog, pg_catalog.count(*)::int AS count, pg_catalog.sum(${counted})::text AS sum,
        ${sent(changed)} AS changed
      FROM pg_catalog.${name} c WHERE ${isOwn}${name === 'pg_attribute' ? ' AND NOT c.attisdropped' : ''}`;
  });
  await connection.send(`PREPARE ${QUERY} (pg_catalog.xid, boolean) AS ${parts.join(' UNION ALL ')}`);
  await connection.send(PREPARE_TABLES);
}

/** SQL for the name of an object of a catalog; the server has none for values of an enum and for large objects. */
function nameOf(catalog: string): string {
  if (catalog === 'pg_enum') return `pg_catalog.concat(c.enumtypid::pg_catalog.regtype, '.', c.enumlabel)`;
  if (catalog === 'pg_largeobject_metadata') return 'NULL';
  return '(pg_catalog.pg_identify_object(c.tableoid, c.oid, 0)).identity';
}

/** Puts in the place of a number the name of the object that has it, where that is among what has changed. */
function withoutNumbers(rows: QueryResult['rows']): string {
  const catalogs = rows.map(({ catalog, count, sum, changed }) => {
    const some = (changed === null ? [] : JSON.parse(String(changed))) as readonly ChangedRow[];
    // What has not changed, by how many rows and the sum of their numbers.
    const old = some.reduce((left, [, , , number]) => left - BigInt(number), BigInt(String(sum ?? 0)));
    return { catalog: String(catalog), rest: `${Number(count) - some.length} ${old}`, changed: some };
  });
  const names = new Map(
    catalogs.flatMap(({ catalog, changed }) =>
      changed.flatMap(([oid, name]) =>
        oid === null ? [] : [[String(oid), `<${catalog} ${name}>`] as const],
      ),
    ),
  );
  // A name may have a number in it, as that of a TOAST table does.
  const named = (text: string) =>
    text.replace(/\d{5,}/g, (number) => names.get(number)?.replace(/\d{5,}/g, '#') ?? number);
  return catalogs
    .map(({ catalog, rest, changed }) =>
      [`${catalog} ${rest}`, ...changed.map(([, , said]) => named(said)).sort()].join('\n'),
    )
    .sort()
    .join('\n');
}

/** Its number and its name, where it has them, what it says, and by which number it is counted. */
type ChangedRow = readonly [oid: string | number | null, name: string | null, said: string, counted: number];

import type { Snapshot } from '../../plan/snapshot.ts';
import { quoteLiteral } from '../identifiers.ts';
import type { Connection, QueryResult } from '../session/connection.ts';
import { type Texts, textsOf } from '../snapshot/any-bytes.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { pinned } from '../snapshot/pinned.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';

/** Catalog and data of a database at one moment. */
export interface Capture {
  readonly catalog: Snapshot;
  /** What each table holds, by its name. */
  readonly data: ReadonlyMap<string, TableData>;
}

/** What a table holds, whatever the order of its rows. */
export interface TableData {
  readonly rows: number;
  /** Of whole rows. */
  readonly hash: string | null;
  /** Of each column's values by themselves. */
  readonly columns: Readonly<Record<string, string | null>>;
  /** Columns of dates, times and intervals, of ranges and arrays of them, and generated ones, which say nothing that the others do not. By name. */
  readonly times?: readonly string[];
}

const RESULT = 'registry_jobs.data';

const COLUMN_SUMS = `SELECT string_agg(quote_literal(a.attname), ', ' ORDER BY a.attnum),
        string_agg(format('sum(hashtextextended(r.%I::text, 0))::text', a.attname), ', ' ORDER BY a.attnum),
        string_agg(quote_literal(a.attname), ', ') FILTER (WHERE y.typcategory IN ('D', 'T') OR a.attgenerated <> ''
          OR format_type(y.oid, NULL) ~ '^(timestamp|time|date|interval)( |\\[|$)|^(ts|tstz|date)(multi)?range')
      INTO names, sums, times FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped;`;

/** What {@link sumUp} has found. */
export const readDataSql = ({ sent }: Texts) =>
  `SELECT ${sent(`pg_catalog.current_setting('${RESULT}')`)} AS data`;

/** SQL for a name as the server writes it. */
export function sqlNameOf({ schema, table }: TableName): string {
  return `pg_catalog.format('%I.%I', ${quoteLiteral(schema)}, ${quoteLiteral(table)})`;
}

/** Tables whose rows are looked at. What has no page has no row, most tables of a new database: they come in one row, without an OID. */
const tablesSql = (leftOut: string) => `WITH tables AS MATERIALIZED (
      SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, pg_catalog.pg_relation_size(c.oid) AS pages
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND c.relpersistence <> 't' AND c.oid >= ${FIRST_OWN_OID}
        AND n.nspname NOT LIKE 'pg\\_t%' AND n.nspname <> 'information_schema'
        AND pg_catalog.format('%I.%I', n.nspname, c.relname) <> ALL (${leftOut}))
    SELECT NULL::pg_catalog.oid AS oid, pg_catalog.string_agg(pg_catalog.to_json(name) || ':{"rows":0,"hash":null,"columns":{}}', ',') AS name
      FROM tables WHERE pages = 0 HAVING pg_catalog.count(*) > 0
    UNION ALL SELECT oid, name FROM tables WHERE pages > 0`;

const TABLES = 'registry_jobs_tables';

/** Prepares what `sumUp` asks, where it is asked often: to plan it takes longer than to run it. */
export const PREPARE_TABLES = `PREPARE ${TABLES} (text[]) AS ${tablesSql('$1')}`;

/**
 * SQL that sums up each table, in any order of its rows, into a setting of the session: the server cannot say it in one query.
 * @param leaveOut tables that are not looked at
 * @param byColumn with a sum of each column, which says where two tables differ that do
 * @param isPrepared whether the session has {@link PREPARE_TABLES}
 */
export const sumUp = (
  leaveOut: readonly TableName[],
  { byColumn, isPrepared = false }: { readonly byColumn: boolean; readonly isPrepared?: boolean },
) => {
  const leftOut = `ARRAY[${leaveOut.map(sqlNameOf).join(', ')}]::text[]`;
  const prepared = `EXECUTE ${quoteLiteral(`EXECUTE ${TABLES} (${leftOut})`)}`;
  return `DO $registry_jobs$
DECLARE t record; one json; found text := '{'; names text; sums text; times text;
BEGIN
  FOR t IN ${isPrepared ? prepared : tablesSql(leftOut)}
  LOOP
    IF t.oid IS NULL THEN
      found := found || t.name;
      CONTINUE;
    END IF;
    ${byColumn ? COLUMN_SUMS : ''}
    EXECUTE format('SELECT json_build_object(''rows'', count(*), ''hash'', sum(hashtextextended((r.*)::text, 0))::text, ''columns'', %s%s) FROM ONLY %s r',
      CASE WHEN names IS NULL THEN '''{}''::json' ELSE format('json_object(ARRAY[%s], ARRAY[%s])', names, sums) END,
      ', ''times'', ARRAY[' || times || ']', t.name) INTO one;
    found := found || CASE found WHEN '{' THEN '' ELSE ',' END || to_json(t.name) || ':' || one;
  END LOOP;
  PERFORM set_config('${RESULT}', found || '}', true);
END $registry_jobs$`;
};

/**
 * Looks at catalog and data inside a transaction, which is as before afterwards.
 *
 * @param leaveOut tables that are not looked at, as SQL writes them
 * @param mayLookAgain see `SnapshotOptions`
 * @throws the server's own error
 */
export async function capture(
  connection: Connection,
  leaveOut: readonly TableName[],
  { mayLookAgain = true }: { readonly mayLookAgain?: boolean } = {},
): Promise<Capture> {
  const wholly = leaveOut.filter(({ rowsOnly }) => !rowsOnly);
  // Both are on their way before anything that is sent next.
  const [data, catalog] = await Promise.all([
    captureData(connection, leaveOut),
    readSnapshot(connection, { inTransaction: true, leaveOut: wholly, mayLookAgain }),
  ]);
  return { data, catalog };
}

/** The same of the data alone. */
export async function captureData(
  connection: Connection,
  leaveOut: readonly TableName[],
): Promise<Capture['data']> {
  const texts = textsOf(connection.serverEncoding);
  const answers = await pinned(connection, { inTransaction: true, mayTakeMs: Infinity }, [
    // A policy must not hide a row.
    'SET LOCAL row_security = off',
    sumUp(leaveOut, { byColumn: true }),
    readDataSql(texts),
  ]);
  return dataFrom(answers.at(-1), texts);
}

/** The answer to {@link readDataSql}. */
export function dataFrom(answer: QueryResult | undefined, { read }: Texts): Capture['data'] {
  const found = JSON.parse(String(read(answer?.rows[0]?.data))) as Record<string, TableData>;
  return new Map(Object.entries(found));
}

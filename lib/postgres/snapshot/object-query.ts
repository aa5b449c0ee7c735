/** The first OID that the server does not give to its own objects: what is older came with it. */
export const FIRST_OWN_OID = 16_384;

/** A query of the objects of one kind, in SQL. Each column of a catalog has its table's own prefix, so few names need an alias. */
export interface ObjectQuery {
  /** What people call such an object: an expression of type text. */
  readonly kind: string;
  /** Its name: qualified with its schema, or alone where it is a part of another object. */
  readonly name: string;
  /** Of a part, kind and name of the whole: `table public.t`. */
  readonly of?: string;
  /** The alias of the row that makes it. */
  readonly row: string;
  /** Of a row without an OID: the columns that stand for it, and its number there. */
  readonly address?: string;
  /** Name of a property to its SQL, a list where the name ends in `[]`. What is null is not there; what is false was left out. */
  readonly properties: Readonly<Record<string, string | false>>;
  /** From FROM on. */
  readonly from: string;
}

/** Makes a query of it, whose columns are the same for each kind: see `CatalogRow`. */
export function selectObjects({
  kind,
  name,
  of = 'NULL',
  row,
  address,
  properties,
  from,
}: ObjectQuery): string {
  const shown = Object.entries(properties).filter((entry): entry is [string, string] => entry[1] !== false);
  const keys = shown.map(([key]) => `'${key}'`).join(', ');
  const values = shown.map(([key, sql]) =>
    key.endsWith('[]') ? `array_to_json(${sql})::text` : `(${sql})::text`,
  );
  // The names of the columns are those of the first query.
  return `SELECT (${kind})::text AS kind, (${name})::text AS name, (${of})::text AS of,
    ${address ?? `${row}.tableoid AS catalog, ${row}.oid AS object, 0 AS part`},
    json_object(ARRAY[${keys}]::text[], ARRAY[${values.join(', ')}]::text[])::text AS properties
  ${from}`;
}

/** A name that has a schema: `public."Orders"`. */
export const qualified = (schema: string, name: string) =>
  `quote_ident(${schema}) || '.' || quote_ident(${name})`;

/** True of an object that came neither with the server nor with an extension. */
export const isOurs = (row: string) => `${row}.oid >= ${FIRST_OWN_OID} AND ${isNoMember(row)}`;

/** What extensions have made, found once for all queries. */
export const MEMBERS = `members AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e')`;

/** True of an object that no extension has made. */
export const isNoMember = (row: string) =>
  `NOT EXISTS (SELECT FROM members WHERE members.classid = ${row}.tableoid AND members.objid = ${row}.oid)`;

/** True of a schema that is no session's own. */
export const isLasting = (schema: string) => `${schema}.nspname NOT LIKE 'pg\\_t%'`;

/** The name of a role that owns something. */
export const owner = (column: string) => `pg_get_userbyid(${column})`;

/** A yes that is told, and a no that is the ordinary case. */
export const onlyTrue = (sql: string) => `NULLIF(${sql}, false)`;

/** What a letter of the catalog stands for; another one is shown as it is. */
export const spelled = (column: string, words: Readonly<Record<string, string>>) =>
  `CASE ${column} ${Object.entries(words)
    .map(([letter, word]) => `WHEN '${letter}' THEN '${word}'`)
    .join(' ')} ELSE ${column}::text END`;

/** How a value that is long is kept. */
export const STORAGE = { p: 'plain', e: 'external', m: 'main', x: 'extended' };

/** And the other way round. */
export const onlyFalse = (sql: string) => `NULLIF(NOT ${sql}, false)`;

/** A procedure, type, relation and so on by its name; nothing where there is none. */
export const named = (column: string, type: string) =>
  `CASE WHEN ${column} <> 0 THEN ${column}::${type}::text END`;

/** A list of texts in an order of its own; nothing where there is none. */
export const sorted = (array: string) =>
  `CASE WHEN ${array} IS NOT NULL THEN ARRAY(SELECT x::text FROM unnest(${array}) x ORDER BY x::text COLLATE "C") END`;

/**
 * Who may do what, as `role=letters/grantor`; nothing where it is as it is by default, which may be written down or not.
 *
 * @param kind the letter by which the server knows the default of such an object
 */
export const privileges = (column: string, kind: string, ownerColumn: string) =>
  `CASE WHEN ${column} IS NOT NULL THEN NULLIF(${sorted(column)}, ${sorted(`acldefault(${kind}, ${ownerColumn})`)}) END`;

/** What people call a relation of a kind. Of `pg_class`. */
export const relationKind = (
  relation: string,
) => `CASE ${relation}.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
    WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END`;

/** Kind and name of a relation, as its parts name it. */
export const relation = (c: string, n: string) =>
  `${relationKind(c)} || ' ' || ${qualified(`${n}.nspname`, `${c}.relname`)}`;

/** The columns of a relation in their order. */
export const columnNames = (oid: string) => `ARRAY(SELECT a.attname FROM pg_attribute a
    WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)`;

/** From how many it comes; with its own declaration it stays when these go. */
export const inheritance = (number: string, isLocal: string) =>
  `CASE WHEN ${number} > 0 THEN 'from ' || ${number} || CASE WHEN ${isLocal} THEN ', and its own' ELSE '' END END`;

/** True of what somebody has said something about. */
export const hasComment = (row: string) =>
  `EXISTS (SELECT FROM pg_description said WHERE said.classoid = ${row}.tableoid AND said.objoid = ${row}.oid AND said.objsubid = 0)`;

/** Kind and name of each relation that may have parts, which these refer to; found once as well. Needs the members. */
export const WHOLES = `wholes AS MATERIALIZED (
  SELECT c.oid, c.relkind, ${relation('c', 'n')} AS named
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid >= ${FIRST_OWN_OID} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND c.relpersistence <> 't' AND ${isNoMember('c')})`;

/** The options of a column. Some servers stamp each column with a version of its own among them. */
export const columnOptions = (array: string) =>
  `NULLIF(ARRAY(SELECT o FROM pg_catalog.unnest(${array}) o WHERE o NOT LIKE 'pg\\_attver=%'), '{}')`;

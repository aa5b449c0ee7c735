/** Where a ledger lives. */
export interface LedgerName {
  readonly schema: string;
  readonly table: string;
}

/**
 * Where it is, unless somebody wants two in one database or has it elsewhere. Compared by identity: this very object says that nobody
 * named one, and only then is it looked for elsewhere before it is created.
 */
export const defaultLedger: LedgerName = { schema: 'public', table: 'schema_migrations' };

/** The same in a SQLite database, whose own schema has this name. */
export const fileLedger: LedgerName = { schema: 'main', table: 'schema_migrations' };

const PART = /(?:"((?:[^"]|"")+)"|([^".]+))/;
const NAME = new RegExp(`^${PART.source}(?:\\.${PART.source})?$`);

/** As {@link parseLedgerName} reads it; for a shell, what has quotes has to be quoted once more. */
export function showLedgerName({ schema, table }: LedgerName): string {
  return [schema, table]
    .map((part) => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part))
    .join('.');
}

/**
 * Reads the name of a ledger in a SQLite database, which has one schema that a ledger may be in: `table`, or `main.table`.
 *
 * @throws Error whose message completes "NAME: ..."
 */
export function parseFileLedger(text: string): LedgerName {
  const { schema, table } = parseLedgerName(text);
  if (schema === 'public' || schema === 'main') return { schema: 'main', table };
  throw new Error(`"${text}" is in a schema, and a SQLite database has none: name the table alone`);
}

/**
 * Reads a ledger's name: `schema.table`, or `table` alone for one in `public`. Quoted when used, so case counts; a name with a dot
 * in it has to be in double quotes, as in SQL.
 *
 * @throws Error whose message completes "NAME: ..."
 */
export function parseLedgerName(text: string): LedgerName {
  const parts = NAME.exec(text);
  const first = parts?.[1]?.replaceAll('""', '"') ?? parts?.[2];
  const second = parts?.[3]?.replaceAll('""', '"') ?? parts?.[4];
  if (first === undefined)
    throw new Error(
      `"${text}" is not the name of a table, such as schema_migrations or app.schema_migrations`,
    );
  const schema = second === undefined ? 'public' : first;
  if (/^(pg_|information_schema$)/.test(schema))
    throw new Error(`"${text}" is in a schema of the server's own, where nothing can be kept`);
  // Ours is this long with what the journal adds; Postgres would cut a longer one, and two ledgers could share it.
  const LONGEST = 63 - '_journal'.length;
  const table = second ?? first;
  if (Buffer.byteLength(table) > LONGEST)
    throw new Error(
      `"${table}" is longer than ${LONGEST} bytes: the journal has the same name with _journal`,
    );
  const taken = /_(journal|bundles)$/.exec(table)?.[0];
  if (taken !== undefined)
    throw new Error(`"${table}" ends in ${taken}, as what a ledger has beside it: name the ledger itself`);
  return { schema, table };
}

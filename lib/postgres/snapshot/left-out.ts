import type { SnapshotObject } from '../../plan/snapshot.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteIdentifier } from '../identifiers.ts';

/** A table as the catalog has it: case counts, nothing is quoted. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
  /** Whether it is left out only where rows are compared. */
  readonly rowsOnly?: true;
}

/** A ledger, and what it has beside it: tables that every run changes, whatever the migrations are. */
export function ledgerTables({ schema, table }: LedgerName): TableName[] {
  return ['', '_journal', '_bundles'].map((suffix) => ({ schema, table: `${table}${suffix}` }));
}

/** Tells of an object whether it is one of the tables, or belongs to one: its columns, indexes and constraints, and the sequences of its columns. */
export function belongsTo(tables: readonly TableName[]): (object: SnapshotObject) => boolean {
  const names = tables.flatMap(({ schema, table }) => spellings(schema, table));
  const wholes = new Set(names.map((name) => `table ${name}`));
  const columns = names.map((name) => `"owning column" : ${JSON.stringify(`${name}.`).slice(0, -1)}`);
  return ({ kind, name, of, properties }) =>
    wholes.has(of ?? `${kind} ${name}`) ||
    (kind === 'sequence' && columns.some((column) => properties.includes(column)));
}

/** The server quotes a name only where it has to, by the reserved words of its version; the other spellings of it are nobody's. */
function spellings(schema: string, table: string): string[] {
  return [schema, quoteIdentifier(schema)].flatMap((first) =>
    [table, quoteIdentifier(table)].map((second) => `${first}.${second}`),
  );
}

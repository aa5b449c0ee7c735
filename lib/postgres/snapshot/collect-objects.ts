import { keyOf, type Snapshot, type SnapshotObject } from '../../plan/snapshot.ts';
import { belongsTo, type TableName } from './left-out.ts';

/** A row of the query: an object; or, without properties, what is said about one, the kind being what that is called. */
interface CatalogRow {
  readonly kind: string;
  readonly name: string;
  readonly of: string | null;
  /** Where it is in the catalog: for what is said about it. */
  readonly catalog: number;
  readonly object: number;
  readonly part: number;
  readonly properties: string | null;
}

/** Makes a snapshot of what the query found, without some tables and all that belongs to them. */
export function collectObjects(found: readonly object[], leaveOut: readonly TableName[]): Snapshot {
  const rows = found as readonly CatalogRow[];
  const remarks = remarksOf(rows);
  const isLeftOut = leaveOut.length > 0 ? belongsTo(leaveOut) : () => false;
  const snapshot = new Map<string, SnapshotObject>();
  for (const row of rows) {
    const { kind, name, of } = row;
    if (row.properties === null) continue;
    const said = remarks.size > 0 ? remarks.get(addressOf(row)) : undefined;
    const properties = said ? withRemarks(row.properties, said) : row.properties;
    const object = { kind, name, ...(of !== null && { of }), properties };
    if (!isLeftOut(object)) snapshot.set(keyOf(object), object);
  }
  return snapshot;
}

function addressOf({ catalog, object, part }: CatalogRow): string {
  return `${catalog}.${object}.${part}`;
}

/** What is said about the object at each address, in an order that does not depend on the server's. */
function remarksOf(rows: readonly CatalogRow[]): Map<string, readonly CatalogRow[]> {
  const remarks = rows.filter(({ properties }) => properties === null);
  return Map.groupBy(
    remarks.sort((one, other) => (one.kind < other.kind ? -1 : 1)),
    addressOf,
  );
}

/** A text, since most are only ever compared. */
function withRemarks(properties: string, remarks: readonly CatalogRow[]): string {
  const added = remarks.map(({ kind, name }) => `${JSON.stringify(kind)} : ${JSON.stringify(name)}`);
  const before = properties.slice(0, -1);
  return `${before}${before === '{' ? '' : ', '}${added.join(', ')}}`;
}

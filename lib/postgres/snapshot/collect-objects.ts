import { keyOf, type Snapshot, type SnapshotObject } from '../../plan/snapshot.ts';

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

/**
 * Makes a snapshot of what the query found.
 *
 * @param leaveOut tables that are not looked at, with all that belongs to them, as SQL writes them
 */
export function collectObjects(found: readonly object[], leaveOut: readonly string[]): Snapshot {
  const rows = found as readonly CatalogRow[];
  const remarks = remarksOf(rows);
  const isLeftOut = leaving(new Set(leaveOut));
  const snapshot = new Map<string, SnapshotObject>();
  for (const row of rows) {
    const { kind, name, of, properties } = row;
    if (properties === null || isLeftOut(row)) continue;
    const said = remarks.get(addressOf(row));
    const object = {
      kind,
      name,
      ...(of !== null && { of }),
      properties: said ? withRemarks(properties, said) : properties,
    };
    snapshot.set(keyOf(object), object);
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

function leaving(tables: ReadonlySet<string>): (row: CatalogRow) => boolean {
  if (tables.size === 0) return () => false;
  const wholes = new Set([...tables].map((table) => `table ${table}`));
  const columns = [...tables].map((table) => `"owning column" : ${JSON.stringify(`${table}.`).slice(0, -1)}`);
  return ({ kind, name, of, properties }) =>
    of === null
      ? tables.has(name) || (kind === 'sequence' && columns.some((column) => properties?.includes(column)))
      : wholes.has(of);
}

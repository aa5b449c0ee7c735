/** An object of a database as its catalog has it, without the numbers that the server gave it. */
export interface SnapshotObject {
  /** What people call it: `table`, `primary key`. */
  readonly kind: string;
  /** As SQL writes it, with its schema: `public."Orders"`. Of a part of another object its own name alone. */
  readonly name: string;
  /** Of a part, kind and name of the whole: `table public.orders`. */
  readonly of?: string;
  /** Its properties as JSON, in an order of their own: equal texts are equal objects. See {@link readProperties}. */
  readonly properties: string;
}

/** The catalog of a database at one moment, by {@link keyOf} each object. */
export type Snapshot = ReadonlyMap<string, SnapshotObject>;

/** What a property is: a text, a number, yes, or a list whose order counts only where the name of the property says so. */
export type PropertyValue = string | number | boolean | readonly string[];

/** By which an object is the same one in two snapshots. */
export function keyOf({ kind, name, of }: Pick<SnapshotObject, 'kind' | 'name' | 'of'>): string {
  return of === undefined ? `${kind} ${name}` : `${kind} ${name} of ${of}`;
}

/** The properties that an object has; what is not there is as it is by default. */
export function readProperties({
  properties,
}: Pick<SnapshotObject, 'properties'>): Record<string, PropertyValue> {
  const found = JSON.parse(properties) as Record<string, PropertyValue | null>;
  const entries = Object.entries(found).filter(
    (entry): entry is [string, PropertyValue] => entry[1] !== null,
  );
  return Object.fromEntries(entries);
}

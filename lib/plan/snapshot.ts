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

/** What a property is: a text, `true` where it is a yes, or a list. */
export type PropertyValue = string | readonly string[];

/** By which an object is the same one in two snapshots. */
export function keyOf({ kind, name, of }: Pick<SnapshotObject, 'kind' | 'name' | 'of'>): string {
  return of === undefined ? `${kind} ${name}` : `${kind} ${name} of ${of}`;
}

/** The properties that an object has, by their names; what is not there is as it is by default. */
export function readProperties({
  properties,
}: Pick<SnapshotObject, 'properties'>): Map<string, PropertyValue> {
  const read = new Map<string, PropertyValue>();
  for (const [name, text] of Object.entries(JSON.parse(properties) as Record<string, string | null>)) {
    if (text === null) continue;
    // A list is in JSON once more, and says so in its name.
    if (name.endsWith('[]')) read.set(name.slice(0, -2), JSON.parse(text) as string[]);
    else read.set(name, text);
  }
  return read;
}

import { UsageError } from '../errors/error.ts';
import { listedWithVerb } from '../text/format.ts';
import { type Seen, withoutServerItself } from './comparable.ts';
import type { MigrationDigest } from './pending.ts';
import { keyOf, type SnapshotObject } from './snapshot.ts';

/**
 * The catalog that files make, as `prove --catalog` writes it down where there is a server, so that it can be compared where there is none:
 * by the hourly job.
 */
export interface ExpectedCatalog {
  readonly format: 1;
  /** Absent for Postgres. */
  readonly product?: 'SQLite';
  /** Of the server that the files ran on: `18.4`. */
  readonly serverVersion: string;
  /** Who ran them, and owns what nobody has given to somebody else. */
  readonly role: string;
  /** The files, in their order. */
  readonly files: readonly MigrationDigest[];
  /** By kind and name, in an order that does not depend on the server. */
  readonly objects: readonly ExpectedObject[];
}

/** An object of a snapshot, whose properties are readable, since people look at what they commit. */
type ExpectedObject = Omit<SnapshotObject, 'properties'> & {
  readonly properties: Readonly<Record<string, string | null>>;
};

/** What files have made on a server, to be written down. The same files give the same, whatever the machine. Pure. */
export function recordCatalog(
  {
    snapshot,
    role,
    serverVersion,
    product,
  }: Omit<Seen, 'major'> & Pick<ExpectedCatalog, 'serverVersion' | 'product'>,
  files: readonly MigrationDigest[],
): ExpectedCatalog {
  const objects = [...snapshot.values()]
    .map((object) => withoutServerItself(object))
    .map(({ properties, ...object }) => ({ ...object, properties: JSON.parse(properties) }))
    .map((object) => [keyOf(object), object] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, object]) => object);
  return { format: 1, ...(product && { product }), serverVersion, role, files, objects };
}

/** With a line for each file and each object, so that a change of a migration is a change of some lines. Pure. */
export function showCatalog({ files, objects, ...head }: ExpectedCatalog): string {
  const list = (name: string, items: readonly object[]) =>
    `  "${name}": [${items.length === 0 ? '' : `\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  `}]`;
  const first = Object.entries(head).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`);
  return `{\n${[...first, list('files', files), list('objects', objects)].join(',\n')}\n}\n`;
}

/**
 * Makes sense of what {@link showCatalog} wrote. Pure.
 *
 * @param name what the file is called in the error
 * @param command what writes it, for the hint
 * @throws UsageError `no-catalog`
 */
export function parseCatalog(text: string, name: string, command: string): ExpectedCatalog {
  let found: Partial<ExpectedCatalog> | null;
  try {
    found = JSON.parse(text) as Partial<ExpectedCatalog> | null;
  } catch (cause) {
    throw noCatalog(`${name} is no JSON`, command, cause);
  }
  if (found?.product !== undefined)
    throw noCatalog(
      `${name} is of a ${found.product} database, and a server of Postgres is compared`,
      command,
    );
  const isOurs =
    found?.format === 1 &&
    [found.serverVersion, found.role].every((value) => typeof value === 'string') &&
    [found.files, found.objects].every((value) => Array.isArray(value));
  if (!isOurs) throw noCatalog(`${name} is no catalog of this version of registry-jobs`, command);
  return found as ExpectedCatalog;
}

/** That what the files make is not written down. */
export function noCatalog(what: string, command: string, cause?: unknown): UsageError {
  return new UsageError('no-catalog', `${what}.`, {
    hint: `Write down what the files make: ${command}`,
    ...(cause !== undefined && { cause }),
  });
}

/** As the comparison wants it. Pure. */
export function seenOf({ serverVersion, role, objects }: ExpectedCatalog): Seen {
  const snapshot = objects.map((object) => {
    const one = { ...object, properties: JSON.stringify(object.properties) };
    return [keyOf(one), one] as const;
  });
  return { snapshot: new Map(snapshot), role, major: Number.parseInt(serverVersion, 10) };
}

/** Why what was written down is not what these files make, in words; undefined where it is. Pure. */
export function describeOutdated(
  { files: was }: Pick<ExpectedCatalog, 'files'>,
  files: readonly MigrationDigest[],
): string | undefined {
  const [before, now] = [was, files].map(
    (list) => new Map(list.map((one) => [one.version, `${one.style} ${one.checksum}`])),
  ) as [Map<string, string>, Map<string, string>];
  const missing = [...now.keys()].filter((version) => !before.has(version));
  const gone = [...before.keys()].filter((version) => !now.has(version));
  const other = [...now.keys()].filter(
    (version) => before.has(version) && before.get(version) !== now.get(version),
  );
  const reasons = [
    ...(missing.length > 0 ? [`${listedWithVerb(missing)} not in it`] : []),
    ...(other.length > 0 ? [`${listedWithVerb(other)} another text now`] : []),
    ...(gone.length > 0 ? [`${listedWithVerb(gone)} in it and no file any more`] : []),
  ];
  if (reasons.length > 0) return reasons.join('; ');
  return was.every(({ version }, index) => version === files[index]?.version)
    ? undefined
    : 'the files are in another order now';
}

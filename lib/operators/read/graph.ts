import type { DatabaseSync } from 'node:sqlite';
import { byBytes } from '../manifests/go-json.ts';

/** A bundle in a channel. */
export interface GraphEntry {
  readonly name: string;
  /** What it replaces in this channel. */
  readonly replaces?: string;
  /** Bundles that an upgrade to it passes by, in the order of the file. */
  readonly skips: readonly string[];
  readonly skipRange?: string;
  readonly version?: string;
  readonly isDeprecated: boolean;
  /** Whether it is a bundle of the file, and not a name that is skipped only. */
  readonly isBundle: boolean;
}

export interface ChannelGraph {
  readonly packageName: string;
  readonly name: string;
  /** As the channel says, "" where it says nothing. */
  readonly head: string;
  readonly isDefault: boolean;
  /** By name. */
  readonly entries: readonly GraphEntry[];
}

export interface PackageRow {
  readonly name: string;
  /** "" where there is none. */
  readonly defaultChannel: string;
}

export const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** The packages by name; those that only channels name have no default. */
export function readPackages(database: DatabaseSync): readonly PackageRow[] {
  return database
    .prepare(
      `SELECT name, default_channel FROM package WHERE name IS NOT NULL
      UNION ALL SELECT DISTINCT package_name, NULL FROM channel WHERE package_name NOT IN (SELECT name FROM package WHERE name IS NOT NULL)`,
    )
    .all()
    .map((row) => ({ name: String(row.name), defaultChannel: text(row.default_channel) }))
    .sort((one, other) => byBytes(one.name, other.name));
}

/** The names of bundles that nobody shall install any more: by the table, or by a property. */
export function readDeprecated(database: DatabaseSync): ReadonlySet<string> {
  const rows = database
    .prepare(
      `SELECT operatorbundle_name AS name FROM deprecated
      UNION SELECT operatorbundle_name FROM properties WHERE type = 'olm.deprecated'`,
    )
    .all();
  return new Set(rows.map(({ name }) => text(name)));
}

/** The channels of a package by name, each with its graph of upgrades. */
export function readChannels(
  database: DatabaseSync,
  { name: packageName, defaultChannel }: PackageRow,
  deprecated: ReadonlySet<string>,
): readonly ChannelGraph[] {
  const rows = database
    .prepare(
      `SELECT e.entry_id AS id, e.channel_name AS channel, e.operatorbundle_name AS name, e.replaces AS target, r.operatorbundle_name AS replaced,
        b.name IS NOT NULL AS is_bundle, b.version, b.skiprange
      FROM channel_entry e
      LEFT JOIN channel_entry r ON r.entry_id = e.replaces
      LEFT JOIN operatorbundle b ON b.name = e.operatorbundle_name
      WHERE e.package_name = ? AND e.operatorbundle_name IS NOT NULL
      ORDER BY e.depth, e.entry_id`,
    )
    .all(packageName);
  const byChannel = Map.groupBy(rows, ({ channel }) => text(channel));
  return database
    .prepare('SELECT name, head_operatorbundle_name AS head FROM channel WHERE package_name = ?')
    .all(packageName)
    .map((row) => {
      const [name, head] = [text(row.name), text(row.head)];
      const entries = entriesOf(byChannel.get(name) ?? [], head, deprecated);
      return { packageName, name, head, isDefault: name === defaultChannel, entries };
    })
    .sort((one, other) => byBytes(one.name, other.name));
}

type Row = Readonly<Record<string, unknown>>;

/**
 * A bundle has a row for each edge. On the chain from the head the edge to the next link is what it replaces; every other edge skips.
 *
 * @param rows by depth
 */
function entriesOf(rows: readonly Row[], head: string, deprecated: ReadonlySet<string>): GraphEntry[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const chain = new Map<string, Row>();
  let link = rows.find(({ name }) => name === head) ?? rows[0];
  while (link && !chain.has(text(link.name))) {
    chain.set(text(link.name), link);
    link = byId.get(link.target);
  }
  const found: GraphEntry[] = [];
  for (const [name, own] of Map.groupBy(rows, (row) => text(row.name))) {
    const [first] = own as [Row];
    const edges = own.filter(({ replaced }) => replaced !== null);
    // What no chain reaches replaces by its first edge.
    const main = chain.get(name) ?? edges[0];
    const replaces = text(main?.replaced);
    const others = edges.map(({ replaced }) => text(replaced)).filter((one) => one !== replaces);
    found.push({
      name,
      ...(replaces !== '' && { replaces }),
      skips: [...new Set(others)],
      ...(text(first.skiprange) !== '' && { skipRange: text(first.skiprange) }),
      ...(text(first.version) !== '' && { version: text(first.version) }),
      isDeprecated: deprecated.has(name),
      isBundle: Boolean(first.is_bundle),
    });
  }
  return found.sort((one, other) => byBytes(one.name, other.name));
}

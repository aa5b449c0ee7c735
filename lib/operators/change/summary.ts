import type { DatabaseSync } from 'node:sqlite';
import type { RegistryChanges } from '../../reports/operators-change.ts';

export type { RegistryChanges };

/** What people know a registry by. */
interface Summary {
  /** The default channel of each package. */
  readonly packages: ReadonlyMap<string, string>;
  /** The head of each channel, by package and channel. */
  readonly channels: ReadonlyMap<string, string>;
  readonly bundles: ReadonlyMap<string, string>;
  readonly deprecated: ReadonlyMap<string, string>;
  /** Which bundles stand in which channel. */
  readonly places: ReadonlyMap<string, string>;
}

/** Reads the names of all packages, channels and bundles. */
export function readSummary(database: DatabaseSync): Summary {
  const read = (sql: string) => {
    const rows = database.prepare(sql).all();
    return new Map(rows.map(({ key, value }) => [String(key), String(value ?? '')]));
  };
  return {
    packages: read('SELECT name AS key, default_channel AS value FROM package ORDER BY 1'),
    channels: read(
      'SELECT json_array(package_name, name) AS key, head_operatorbundle_name AS value FROM channel ORDER BY 1',
    ),
    bundles: read(
      'SELECT name AS key, bundlepath AS value FROM operatorbundle WHERE name IS NOT NULL ORDER BY 1',
    ),
    deprecated: read('SELECT operatorbundle_name AS key, NULL AS value FROM deprecated ORDER BY 1'),
    places: read(
      'SELECT json_array(package_name, channel_name, operatorbundle_name) AS key, NULL AS value FROM channel_entry GROUP BY 1 ORDER BY 1',
    ),
  };
}

/** By names. Pure. */
export function changesBetween(before: Summary, after: Summary): RegistryChanges {
  const only = (of: keyof Summary, one: Summary, other: Summary) =>
    [...one[of].keys()].filter((key) => !other[of].has(key));
  const channel = (key: string) => {
    const [packageName = '', name = ''] = JSON.parse(key) as string[];
    return { package: packageName, channel: name };
  };
  const changed = (of: keyof Summary) =>
    [...after[of]].flatMap(([key, to]) => {
      const from = before[of].get(key);
      return from === undefined || from === to ? [] : [{ key, from, to }];
    });
  const left = only('places', before, after)
    .map((key) => JSON.parse(key) as [string, string, string])
    // Of a channel or a bundle that is gone it is plain.
    .filter(
      ([owner, name, bundle]) =>
        after.channels.has(JSON.stringify([owner, name])) && after.bundles.has(bundle),
    )
    .map(([owner, name, bundle]) => ({ package: owner, channel: name, bundle }));
  return {
    packagesAdded: only('packages', after, before),
    packagesRemoved: only('packages', before, after),
    channelsAdded: only('channels', after, before).map(channel),
    channelsRemoved: only('channels', before, after).map(channel),
    heads: changed('channels').map(({ key, from, to }) => ({ ...channel(key), from, to })),
    defaultChannels: changed('packages').map(({ key, from, to }) => ({ package: key, from, to })),
    bundlesAdded: only('bundles', after, before),
    bundlesRemoved: only('bundles', before, after),
    bundlesReplaced: changed('bundles').map(({ key, from, to }) => ({ bundle: key, from, to })),
    leftChannels: left,
    deprecated: only('deprecated', after, before),
    noLongerDeprecated: only('deprecated', before, after),
  };
}

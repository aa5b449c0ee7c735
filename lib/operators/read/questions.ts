import type { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../../errors/error.ts';
import { shellWord } from '../../text/format.ts';
import { byBytes } from '../manifests/go-json.ts';
import { type ChannelGraph, text } from './graph.ts';

/**
 * Which bundles of which channels provide an API, as the property of each says.
 *
 * @param api `group/version/kind`
 * @throws UsageError `invalid-api`
 */
export function providersOf(database: DatabaseSync, api: string, channels: readonly ChannelGraph[]) {
  const [group = '', version = '', kind = '', ...more] = api.split('/');
  if (version === '' || kind === '' || more.length > 0) {
    throw new UsageError('invalid-api', `"${api}" names no API: it is group/version/kind.`, {
      hint: 'For example: registry-jobs operators inspect index.db --provides etcd.database.coreos.com/v1beta2/EtcdCluster',
    });
  }
  const rows = database
    .prepare(
      `SELECT operatorbundle_name AS name FROM api_provider WHERE group_name = :group AND version = :version AND kind = :kind
      UNION SELECT operatorbundle_name FROM properties WHERE type = 'olm.gvk' AND json_valid(CAST(value AS TEXT))
        AND CAST(value AS TEXT) ->> '$.group' = :group AND CAST(value AS TEXT) ->> '$.version' = :version AND CAST(value AS TEXT) ->> '$.kind' = :kind`,
    )
    .all({ group, version, kind });
  const names = new Set(rows.map(({ name }) => text(name)));
  return channels.flatMap(({ packageName, name: channel, head, entries }) =>
    entries
      .filter(({ name }) => names.has(name))
      .map(({ name }) => ({ package: packageName, channel, bundle: name, isHead: name === head })),
  );
}

/** All images by name, or those of one bundle. @throws UsageError `unknown-bundle` */
export function imagesOf(database: DatabaseSync, which: true | string, shownAs: string): readonly string[] {
  if (which !== true && !database.prepare('SELECT 1 FROM operatorbundle WHERE name = ?').get(which)) {
    throw new UsageError('unknown-bundle', `${shownAs} has no bundle "${which}".`, {
      hint: `See which packages there are: registry-jobs operators inspect ${shellWord(shownAs)}`,
    });
  }
  return database
    .prepare(
      `SELECT image FROM related_image WHERE image <> '' AND (:name IS NULL OR operatorbundle_name = :name)
      UNION SELECT bundlepath FROM operatorbundle WHERE bundlepath <> '' AND (:name IS NULL OR name = :name)`,
    )
    .all({ name: which === true ? null : which })
    .map(({ image }) => text(image))
    .sort(byBytes);
}

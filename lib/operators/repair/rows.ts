import type { DatabaseSync } from 'node:sqlite';
import type { Mapping } from '../manifests/value.ts';
import type { Changes } from './changes.ts';
import { deriveImages } from './derive.ts';

/** Adds the images that a bundle needs, its own among them where it came from one. */
export function repairImages(database: DatabaseSync, bundle: string, csv: Mapping, changes: Changes): void {
  const row = database.prepare('SELECT bundlepath FROM operatorbundle WHERE name = ?').get(bundle);
  const wanted = deriveImages(csv);
  const all = row?.bundlepath ? new Set([String(row.bundlepath), ...wanted]) : wanted;
  for (const image of all) {
    const { changes: added } = database
      .prepare(
        `INSERT INTO related_image (image, operatorbundle_name) SELECT ?1, ?2
        WHERE NOT EXISTS (SELECT 1 FROM related_image WHERE image = ?1 AND operatorbundle_name = ?2)`,
      )
      .run(image, bundle);
    changes.note('related_image', 'added', 'images of the csv, and of the bundle', bundle, Number(added));
  }
}

const SETS = {
  api_provider: 'group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path',
  api_requirer: 'group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path',
  related_image: 'image, operatorbundle_name',
  dependencies: 'type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path',
  properties: 'type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path',
};

/** Takes away the second of two equal rows. The package of a bundle is there once for each channel: so loaders write it. */
export function removeDuplicates(database: DatabaseSync, changes: Changes): void {
  for (const [table, columns] of Object.entries(SETS)) {
    const but = table === 'properties' ? "AND type IS NOT 'olm.package'" : '';
    const rows = database
      .prepare(
        `DELETE FROM ${table} WHERE rowid NOT IN (SELECT min(rowid) FROM ${table} GROUP BY ${columns}) ${but}
        RETURNING operatorbundle_name AS name`,
      )
      .all();
    for (const { name } of rows) {
      changes.note(table, 'removed', 'the same as another row', name === null ? undefined : String(name));
    }
  }
}

/** Says what no manifest holds: which packages and channels there were. */
export function sayLostPackages(database: DatabaseSync, changes: Changes): void {
  const counts = database
    .prepare(
      'SELECT (SELECT count(*) FROM operatorbundle) AS bundles, (SELECT count(*) FROM package) AS packages',
    )
    .get();
  if (Number(counts?.bundles) === 0 || Number(counts?.packages) > 0) return;
  const names = database
    .prepare(
      `SELECT DISTINCT json_extract(value, '$.packageName') AS name FROM properties
      WHERE type = 'olm.package' AND json_valid(value) ORDER BY 1`,
    )
    .all()
    .map(({ name }) => String(name));
  const known = names.length > 0 ? `; the bundles name ${names.join(', ')}` : '';
  changes.lost(`packages, channels and their entries, of which there are none${known}`);
}

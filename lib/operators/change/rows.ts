import type { DatabaseSync } from 'node:sqlite';

/** The rows that belong to one bundle, and to nothing else. */
const OF_A_BUNDLE = ['related_image', 'dependencies', 'properties', 'api_provider', 'api_requirer'];

/** Removes a bundle with all that refers to it. Keys do it for bundles with an image only, for those of a folder have none to refer to. */
export function removeBundle(database: DatabaseSync, name: string): void {
  removeEntries(database, 'operatorbundle_name = ?', name);
  for (const table of OF_A_BUNDLE)
    database.prepare(`DELETE FROM ${table} WHERE operatorbundle_name = ?`).run(name);
  database.prepare('DELETE FROM operatorbundle WHERE name = ?').run(name);
}

/** Removes entries of channels; what replaced them replaces nothing. */
export function removeEntries(
  database: DatabaseSync,
  where: string,
  ...values: readonly (string | number)[]
): void {
  database
    .prepare(
      `UPDATE channel_entry SET replaces = NULL WHERE replaces IN (SELECT entry_id FROM channel_entry WHERE ${where})`,
    )
    .run(...values);
  database.prepare(`DELETE FROM channel_entry WHERE ${where}`).run(...values);
}

export function removeChannel(database: DatabaseSync, packageName: string, channel: string): void {
  removeEntries(database, 'package_name = ? AND channel_name = ?', packageName, channel);
  database.prepare('DELETE FROM channel WHERE package_name = ? AND name = ?').run(packageName, channel);
}

/** Removes a package with its bundles; those that stand in another package as well stay there. */
export function removePackage(database: DatabaseSync, name: string): void {
  const own = names(
    database,
    `SELECT operatorbundle_name AS name FROM channel_entry GROUP BY 1
    HAVING sum(package_name = ?) > 0 AND sum(package_name <> ?) = 0`,
    name,
    name,
  );
  removeEntries(database, 'package_name = ?', name);
  database.prepare('DELETE FROM channel WHERE package_name = ?').run(name);
  database.prepare('DELETE FROM package WHERE name = ?').run(name);
  for (const bundle of own) removeBundle(database, bundle);
}

/** Removes bundles that stand in no channel, but for deprecated ones of a package that is there, and marks without a bundle. */
export function removeStranded(database: DatabaseSync): void {
  const stranded = names(
    database,
    `SELECT name FROM operatorbundle AS bundle
    WHERE name NOT IN (SELECT operatorbundle_name FROM channel_entry WHERE operatorbundle_name IS NOT NULL)
      AND (name NOT IN (SELECT operatorbundle_name FROM deprecated WHERE operatorbundle_name IS NOT NULL)
        OR EXISTS (
          SELECT 1 FROM properties AS property
          WHERE property.operatorbundle_name = bundle.name AND type = 'olm.package' AND json_valid(CAST(value AS TEXT))
            AND json_extract(CAST(value AS TEXT), '$.packageName') NOT IN (SELECT name FROM package)))`,
  );
  for (const bundle of stranded) removeBundle(database, bundle);
  database.exec(
    'DELETE FROM deprecated WHERE operatorbundle_name NOT IN (SELECT name FROM operatorbundle WHERE name IS NOT NULL)',
  );
}

/** The first column, `name`, of a query. */
export function names(
  database: DatabaseSync,
  sql: string,
  ...values: readonly (string | number)[]
): readonly string[] {
  return database
    .prepare(sql)
    .all(...values)
    .map(({ name }) => String(name));
}

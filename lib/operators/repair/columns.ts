import type { DatabaseSync } from 'node:sqlite';
import { textOf } from '../manifests/value.ts';
import type { Bundle } from './bundles.ts';
import type { Changes } from './changes.ts';
import { deriveColumns } from './derive.ts';
import { parseObject } from './documents.ts';

const NULLABLE = ['version', 'skiprange', 'bundlepath', 'replaces', 'skips', 'substitutesfor'] as const;

/**
 * Fills what is NULL, which older loaders left so, and a version or range that is "" although the csv has one. A value that is there stays:
 * tools change what a bundle replaces, and which it skips, after they have read its csv.
 */
export function repairColumns(database: DatabaseSync, { name, csv }: Bundle, changes: Changes): void {
  const row = database.prepare(`SELECT ${NULLABLE.join(', ')} FROM operatorbundle WHERE name = ?`).get(name);
  if (!row) return;
  const said = csv === undefined ? undefined : deriveColumns(csv);
  const derived = {
    ...said,
    version: said?.version || versionOfProperty(database, name),
    bundlepath: pathOfRows(database, name),
  };
  for (const column of NULLABLE) {
    const now = row[column];
    const value = derived[column] ?? '';
    const isLost = (column === 'version' || column === 'skiprange') && now === '' && value !== '';
    if (now !== null && !isLost) continue;
    // Without a csv nobody knows: NULL says so.
    if (value === '' && csv === undefined && column !== 'bundlepath') {
      if (column === 'version') changes.lost('the version, as the csv is not there', name);
      continue;
    }
    database.prepare(`UPDATE operatorbundle SET ${column} = ? WHERE name = ?`).run(value, name);
    const done = value === '' ? `${column} "" instead of NULL` : `${column} derived`;
    changes.note('operatorbundle', 'changed', done, name);
  }
}

function versionOfProperty(database: DatabaseSync, name: string): string {
  const rows = database
    .prepare(
      "SELECT CAST(value AS TEXT) AS value FROM properties WHERE type = 'olm.package' AND operatorbundle_name = ?",
    )
    .all(name);
  return rows.map(({ value }) => textOf(parseObject(String(value))?.version)).find((it) => it !== '') ?? '';
}

function pathOfRows(database: DatabaseSync, name: string): string {
  const row = database
    .prepare(
      `SELECT max(path) AS path FROM (
        SELECT operatorbundle_path AS path FROM properties WHERE operatorbundle_name = ?1
        UNION ALL SELECT operatorbundle_path FROM api_provider WHERE operatorbundle_name = ?1
      )`,
    )
    .get(name);
  return typeof row?.path === 'string' ? row.path : '';
}

const CHILDREN = ['api_provider', 'api_requirer', 'dependencies', 'properties'];

/** Gives the rows of a bundle its version and its path, by which they refer to it; NULL where it has none. */
export function repairReferences(database: DatabaseSync, changes: Changes): void {
  for (const table of CHILDREN) {
    const rows = database
      .prepare(
        `UPDATE ${table}
        SET operatorbundle_version = bundle.version, operatorbundle_path = bundle.path
        FROM (
          SELECT name, nullif(version, '') AS version, nullif(bundlepath, '') AS path
          FROM operatorbundle WHERE name IS NOT NULL
        ) AS bundle
        WHERE ${table}.operatorbundle_name = bundle.name
          AND (${table}.operatorbundle_version IS NOT bundle.version OR ${table}.operatorbundle_path IS NOT bundle.path)
        RETURNING operatorbundle_name AS name`,
      )
      .all();
    for (const { name } of rows) {
      changes.note(table, 'changed', 'version and path as those of the bundle', String(name));
    }
  }
}

/** Takes away the rows that have neither name nor csv nor bundle: a defect of another tool adds one for each bundle, with its version. */
export function removeNameless(database: DatabaseSync, changes: Changes): void {
  const { changes: removed } = database
    .prepare(
      `DELETE FROM operatorbundle
      WHERE name IS NULL AND csv IS NULL AND bundle IS NULL
        AND (version IS NULL OR version IN (SELECT version FROM operatorbundle WHERE name IS NOT NULL))`,
    )
    .run();
  const done = 'without name, csv and bundle, with the version of another';
  changes.note('operatorbundle', 'removed', done, undefined, Number(removed));
  const left = database.prepare('SELECT count(*) AS rows FROM operatorbundle WHERE name IS NULL').get();
  if (Number(left?.rows) > 0) changes.lost(`the name of rows of operatorbundle without one: ${left?.rows}`);
}

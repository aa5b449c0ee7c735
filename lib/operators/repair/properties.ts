import type { DatabaseSync } from 'node:sqlite';
import { type Api, gvkOf } from '../manifests/crd.ts';
import { compactJson, goJson } from '../manifests/go-json.ts';
import type { Property } from '../manifests/properties.ts';
import { at, type Mapping } from '../manifests/value.ts';
import type { Changes } from './changes.ts';
import { parseObject } from './documents.ts';

/** Values are text: what is stored as bytes is found by nobody who asks for it. */
export function repairPropertyText(database: DatabaseSync, changes: Changes): void {
  const rows = database
    .prepare(
      "UPDATE properties SET value = CAST(value AS TEXT) WHERE typeof(value) = 'blob' RETURNING operatorbundle_name AS name",
    )
    .all();
  for (const { name } of rows) changes.note('properties', 'changed', 'text instead of bytes', String(name));
}

/** Adds the properties that a bundle should have: its APIs, its packages, and those that its csv names. */
export function repairProperties(
  database: DatabaseSync,
  bundle: string,
  csv: Mapping | undefined,
  provided: readonly Api[],
  changes: Changes,
): void {
  repairPackages(database, bundle, changes);
  const known = new Set(readProperties(database, bundle).map(({ type, value }) => same(type, value)));
  const add = (type: string, value: string, done: string) => {
    if (known.has(same(type, value))) return;
    known.add(same(type, value));
    insert(database, bundle, type, value);
    changes.note('properties', 'added', done, bundle);
  };
  for (const api of provided) add('olm.gvk', gvkOf(api), 'provided APIs');
  const text = at(csv, 'metadata', 'annotations', 'olm.properties');
  if (typeof text !== 'string' || text === '') return;
  const named = readNamed(database, text);
  if (named === undefined)
    changes.lost('the properties in the csv, which are no list of JSON objects', bundle);
  for (const { type, value } of named ?? []) add(type, compactJson(value), 'named by olm.properties');
}

/** SQLite takes the values out, and not JSON.parse: numbers and the order of keys stay as they were written. */
function readNamed(database: DatabaseSync, text: string): readonly Property[] | undefined {
  let isList: boolean;
  try {
    const parsed: unknown = JSON.parse(text);
    isList = Array.isArray(parsed) && parsed.every((it) => typeof it?.type === 'string');
  } catch {
    return undefined;
  }
  if (!isList) return undefined;
  return database
    .prepare(
      `SELECT json_extract(?1, each.fullkey || '.type') AS type, coalesce(?1 -> (each.fullkey || '.value'), 'null') AS value
      FROM json_each(?1) AS each ORDER BY each.key`,
    )
    .all(text) as unknown as readonly Property[];
}

/** A bundle belongs to each package where it is the head of a channel, or what another one of the channel replaces. */
function repairPackages(database: DatabaseSync, bundle: string, changes: Changes): void {
  const packages = database
    .prepare(
      `SELECT DISTINCT entry.package_name AS name FROM channel_entry AS entry
      WHERE entry.operatorbundle_name = ?1 AND entry.package_name IS NOT NULL AND (
        EXISTS (
          SELECT 1 FROM channel WHERE channel.name = entry.channel_name
            AND channel.package_name = entry.package_name AND channel.head_operatorbundle_name = ?1
        ) OR EXISTS (
          SELECT 1 FROM channel_entry AS above JOIN operatorbundle ON operatorbundle.name = above.operatorbundle_name
          WHERE above.channel_name = entry.channel_name AND above.package_name = entry.package_name
            AND operatorbundle.replaces = ?1
        )
      ) ORDER BY entry.entry_id`,
    )
    .all(bundle);
  const row = database.prepare('SELECT version FROM operatorbundle WHERE name = ?').get(bundle);
  const version = String(row?.version ?? '');
  const known = readProperties(database, bundle)
    .filter(({ type }) => type === 'olm.package')
    .map(({ id, value }) => ({ id, ...parseObject(value) }) as { id: number } & Mapping);
  for (const { name: packageName } of packages) {
    const value = goJson({ packageName: String(packageName), version });
    const own = known.filter((it) => it.packageName === packageName);
    if (own.length === 0) {
      insert(database, bundle, 'olm.package', value);
      changes.note('properties', 'added', 'the package', bundle);
    }
    // Written while the version was lost.
    for (const { id, version: said } of own) {
      if (said || version === '') continue;
      database.prepare('UPDATE properties SET value = ? WHERE rowid = ?').run(value, id);
      changes.note('properties', 'changed', 'the package with the version', bundle);
    }
  }
}

function insert(database: DatabaseSync, bundle: string, type: string, value: string): void {
  database
    .prepare(
      `INSERT INTO properties (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
      SELECT ?, ?, name, nullif(version, ''), nullif(bundlepath, '') FROM operatorbundle WHERE name = ?`,
    )
    .run(type, value, bundle);
}

function readProperties(database: DatabaseSync, bundle: string) {
  return database
    .prepare(
      `SELECT rowid AS id, coalesce(type, '') AS type, coalesce(value, '') AS value
      FROM properties WHERE operatorbundle_name = ? ORDER BY rowid`,
    )
    .all(bundle) as unknown as readonly ({ readonly id: number } & Property)[];
}

/** Two values are one property where they are the same JSON, in whatever order of keys. */
function same(type: string, value: string): string {
  try {
    return `${type} ${JSON.stringify(sorted(JSON.parse(value)))}`;
  } catch {
    return `${type} ${value}`;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)]);
}

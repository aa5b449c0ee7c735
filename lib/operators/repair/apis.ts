import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../manifests/crd.ts';
import { textOf } from '../manifests/value.ts';
import type { Changes } from './changes.ts';
import { keyOf } from './derive.ts';
import { parseObject } from './documents.ts';

/** By which plural the objects of a kind are called; what one bundle says holds for another. */
export type Plurals = Map<string, string>;

/** Remembers the plurals of some APIs. */
export function learnPlurals(plurals: Plurals, apis: readonly Api[]): void {
  for (const { group, kind, plural } of apis) {
    const key = JSON.stringify([group, kind]);
    if (plural !== '' && !plurals.has(key)) plurals.set(key, plural);
  }
}

/** The plurals that the file has. */
export function readPlurals(database: DatabaseSync): Plurals {
  const plurals: Plurals = new Map();
  learnPlurals(
    plurals,
    database
      .prepare('SELECT group_name AS "group", version, kind, plural FROM api')
      .all() as unknown as Api[],
  );
  return plurals;
}

/** The APIs that a bundle has in one of the two tables. */
export function readApis(
  database: DatabaseSync,
  table: 'api_provider' | 'api_requirer',
  bundle: string,
): readonly Api[] {
  return database
    .prepare(
      `SELECT coalesce(group_name, '') AS "group", coalesce(version, '') AS version, coalesce(kind, '') AS kind, '' AS plural
      FROM ${table} WHERE operatorbundle_name = ? ORDER BY rowid`,
    )
    .all(bundle) as unknown as readonly Api[];
}

/** The APIs that values of type olm.gvk name. */
export function apisOfValues(values: readonly unknown[]): readonly Api[] {
  return values.flatMap((value): Api[] => {
    const { group, version, kind } = parseObject(String(value)) ?? {};
    if (typeof version !== 'string' || typeof kind !== 'string') return [];
    return [{ group: textOf(group), version, kind, plural: '' }];
  });
}

/** Adds the APIs that a bundle should have in one of the two tables, and has not. Those that are there stay. */
export function addApis(
  database: DatabaseSync,
  table: 'api_provider' | 'api_requirer',
  bundle: string,
  wanted: readonly Api[],
  plurals: Plurals,
  changes: Changes,
): void {
  const known = new Set(readApis(database, table, bundle).map(keyOf));
  for (const api of wanted) {
    const { group, version, kind } = api;
    const plural = api.plural || plurals.get(JSON.stringify([group, kind]));
    const isThere = database
      .prepare('SELECT 1 FROM api WHERE group_name = ? AND version = ? AND kind = ?')
      .get(group, version, kind);
    if (!isThere) {
      if (plural === undefined) {
        changes.lost(`the plural of ${kind} in ${group}/${version}, which an API needs`, bundle);
        continue;
      }
      database
        .prepare('INSERT INTO api (group_name, version, kind, plural) VALUES (?, ?, ?, ?)')
        .run(group, version, kind, plural);
      changes.note('api', 'added', 'that a bundle provides or requires', bundle);
    }
    if (known.has(keyOf(api))) continue;
    database
      .prepare(
        `INSERT INTO ${table} (group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path)
        SELECT ?, ?, ?, name, nullif(version, ''), nullif(bundlepath, '') FROM operatorbundle WHERE name = ?`,
      )
      .run(group, version, kind, bundle);
    changes.note(table, 'added', table === 'api_provider' ? 'provided' : 'required', bundle);
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { type Api, gvkOf } from '../manifests/crd.ts';
import { apisOfValues } from './apis.ts';
import type { Changes } from './changes.ts';
import { keyOf } from './derive.ts';
import { parseObject } from './documents.ts';

interface Row {
  readonly id: number;
  readonly type: string;
  readonly value: string;
  readonly kind: string;
}

/**
 * A defect of another tool's migration 9 gives every dependency the value of the first one. What was added later has its own, so these rows
 * are the first ones of the table, one after the other.
 */
export interface Levelled {
  readonly value: string;
  /** The first of these rows, which has its own value. */
  readonly from: number;
  /** The last of them. */
  readonly until: number;
  /** Whether it is certain: rows may share a value by right. */
  isSure: boolean;
  /** What is lost if it is. */
  readonly lost: { readonly type: string; readonly bundle: string }[];
}

/** Finds the rows at the beginning that have one value, where there are several. */
export function readLevelled(database: DatabaseSync): Levelled | undefined {
  const rows = database
    .prepare(
      `WITH first AS (SELECT value FROM dependencies ORDER BY rowid LIMIT 1),
        run AS (
          SELECT rowid AS id, type FROM dependencies WHERE rowid < coalesce(
            (SELECT min(rowid) FROM dependencies WHERE value IS NOT (SELECT value FROM first)), 9223372036854775807
          )
        )
      SELECT count(*) AS rows, count(DISTINCT type) AS types, min(id) AS start, max(id) AS until,
        (SELECT CAST(value AS TEXT) FROM first) AS value
      FROM run`,
    )
    .get();
  if (!rows || Number(rows.rows) < 2 || rows.value === null) return undefined;
  // A package and an API are never the same.
  return {
    value: String(rows.value),
    from: Number(rows.start),
    until: Number(rows.until),
    isSure: Number(rows.types) > 1,
    lost: [],
  };
}

/** Says which values are lost, now that all bundles were looked at. */
export function sayLostDependencies(levelled: Levelled | undefined, changes: Changes): void {
  if (!levelled?.isSure) return;
  for (const { type, bundle } of levelled.lost)
    changes.lost(`the value of a dependency of type ${type}, which has that of the first one`, bundle);
}

function isLevelled({ id, value }: Row, levelled: Levelled | undefined): boolean {
  return levelled !== undefined && id <= levelled.until && value === levelled.value;
}

/** The dependencies of a bundle on APIs, without those whose value may be another bundle's. */
export function trustedDependencies(
  database: DatabaseSync,
  bundle: string,
  levelled: Levelled | undefined,
): readonly Api[] {
  const rows = readRows(database, bundle).filter(
    (row) => row.type === 'olm.gvk' && !isLevelled(row, levelled),
  );
  return apisOfValues(rows.map(({ value }) => value));
}

/**
 * Gives a bundle the dependencies that its required APIs come to: a row that was levelled gets its own value, others are added. What a file
 * beside the manifests asked for cannot be derived.
 */
export function repairDependencies(
  database: DatabaseSync,
  bundle: string,
  required: readonly Api[],
  levelled: Levelled | undefined,
  changes: Changes,
): void {
  const wanted = new Map(required.map((api) => [keyOf(api), api]));
  const suspects: Row[] = [];
  const others: Row[] = [];
  for (const row of readRows(database, bundle)) {
    const isSuspect = isLevelled(row, levelled);
    if (row.type !== 'olm.gvk') {
      if (isSuspect) others.push(row);
      continue;
    }
    const [api] = apisOfValues([row.value]);
    const key = api && keyOf(api);
    if (key !== undefined && wanted.delete(key)) {
      clean(database, row, bundle, changes);
    } else if (isSuspect) suspects.push(row);
  }
  const update = database.prepare('UPDATE dependencies SET value = CAST(? AS BLOB) WHERE rowid = ?');
  for (const api of wanted.values()) {
    const suspect = suspects.shift();
    if (suspect && levelled) {
      levelled.isSure = true;
      update.run(gvkOf(api), suspect.id);
      changes.note('dependencies', 'changed', 'own value instead of that of the first', bundle);
      continue;
    }
    database
      .prepare(
        `INSERT INTO dependencies (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
        SELECT 'olm.gvk', CAST(? AS BLOB), name, nullif(version, ''), nullif(bundlepath, '') FROM operatorbundle WHERE name = ?`,
      )
      .run(gvkOf(api), bundle);
    changes.note('dependencies', 'added', 'required APIs', bundle);
  }
  const lost = [...suspects.filter(({ value }) => !isRequired(value, required)), ...others];
  levelled?.lost.push(...lost.filter(({ id }) => id !== levelled.from).map(({ type }) => ({ type, bundle })));
}

function isRequired(value: string, required: readonly Api[]): boolean {
  const [api] = apisOfValues([value]);
  return api !== undefined && required.some((it) => keyOf(it) === keyOf(api));
}

/** Version 8 kept the type in the value too; and values are BLOBs. */
function clean(database: DatabaseSync, row: Row, bundle: string, changes: Changes): void {
  const { type, ...rest } = parseObject(row.value) ?? {};
  const hasType = type === row.type;
  if (!hasType && row.kind === 'blob') return;
  const [api] = apisOfValues([JSON.stringify(rest)]);
  const value = hasType && api ? gvkOf(api) : row.value;
  database.prepare('UPDATE dependencies SET value = CAST(? AS BLOB) WHERE rowid = ?').run(value, row.id);
  changes.note('dependencies', 'changed', 'written as loaders write it', bundle);
}

function readRows(database: DatabaseSync, bundle: string): Row[] {
  return database
    .prepare(
      `SELECT rowid AS id, coalesce(type, '') AS type, coalesce(CAST(value AS TEXT), '') AS value, typeof(value) AS kind
      FROM dependencies WHERE operatorbundle_name = ? ORDER BY rowid`,
    )
    .all(bundle) as unknown as Row[];
}

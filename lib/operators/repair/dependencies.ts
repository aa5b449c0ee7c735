import type { DatabaseSync } from 'node:sqlite';
import { apisOfValues } from './apis.ts';
import type { Changes } from './changes.ts';
import { type Api, gvkOf, keyOf } from './derive.ts';
import { parseObject } from './documents.ts';

interface Row {
  readonly id: number;
  readonly type: string;
  readonly value: string;
  readonly kind: string;
}

/** The first row of all: a defect of another tool's migration 9 gives its value to every other one. */
export interface First {
  readonly id: number;
  readonly value: string;
}

export function readFirst(database: DatabaseSync): First | undefined {
  return database
    .prepare('SELECT rowid AS id, CAST(value AS TEXT) AS value FROM dependencies ORDER BY rowid LIMIT 1')
    .get() as First | undefined;
}

/** The dependencies of a bundle on APIs, without those whose value may be another bundle's. */
export function trustedDependencies(
  database: DatabaseSync,
  bundle: string,
  first: First | undefined,
): readonly Api[] {
  const rows = readRows(database, bundle).filter(({ type }) => type === 'olm.gvk');
  return apisOfValues(
    rows.filter(({ id, value }) => id === first?.id || value !== first?.value).map(({ value }) => value),
  );
}

/**
 * Gives a bundle the dependencies that its required APIs come to: a row that has the first one's value instead gets its own, others are added.
 * What a file beside the manifests asked for cannot be derived: where such a row has the first one's value, that is said.
 */
export function repairDependencies(
  database: DatabaseSync,
  bundle: string,
  required: readonly Api[],
  first: First | undefined,
  changes: Changes,
): void {
  const wanted = new Map(required.map((api) => [keyOf(api), api]));
  const suspects: Row[] = [];
  const others: Row[] = [];
  for (const row of readRows(database, bundle)) {
    const hasFirstValue = row.value === first?.value && row.id !== first.id;
    if (row.type !== 'olm.gvk') {
      if (hasFirstValue) others.push(row);
      continue;
    }
    const [api] = apisOfValues([row.value]);
    const key = api && keyOf(api);
    if (key !== undefined && wanted.delete(key)) {
      clean(database, row, bundle, changes);
    } else if (hasFirstValue) suspects.push(row);
  }
  const update = database.prepare('UPDATE dependencies SET value = CAST(? AS BLOB) WHERE rowid = ?');
  for (const api of wanted.values()) {
    const suspect = suspects.shift();
    if (suspect) {
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
  for (const { type } of lost) {
    changes.lost(`the value of a dependency of type ${type}, which has that of the first one`, bundle);
  }
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

import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../manifests/crd.ts';
import type { Mapping } from '../manifests/value.ts';
import type { Changes } from './changes.ts';
import { deriveProvided, deriveRequired } from './derive.ts';
import { parseDocuments, parseObject } from './documents.ts';

/** A bundle, and what its manifests say. */
export interface Bundle {
  readonly name: string;
  /** Undefined where there is none, or none that can be read. */
  readonly csv: Mapping | undefined;
  /** Undefined where the csv tells nothing. */
  readonly provided: readonly Api[] | undefined;
  readonly required: readonly Api[] | undefined;
}

/**
 * Reads the bundles one after the other: manifests of a whole registry are too much to have at once.
 *
 * @param changes told of what cannot be read
 */
export function* readBundles(database: DatabaseSync, changes: Changes): Generator<Bundle> {
  const names = database
    .prepare('SELECT rowid AS id, name FROM operatorbundle WHERE name IS NOT NULL ORDER BY rowid')
    .all();
  const select = database.prepare(
    'SELECT CAST(csv AS TEXT) AS csv, CAST(bundle AS TEXT) AS bundle FROM operatorbundle WHERE rowid = ?',
  );
  for (const { id, name } of names) {
    const row = select.get(id as number);
    yield readBundle(String(name), row?.csv ?? null, row?.bundle ?? null, changes);
  }
}

function readBundle(name: string, csvText: unknown, bundleText: unknown, changes: Changes): Bundle {
  const csv = typeof csvText === 'string' && csvText !== '' ? parseObject(csvText) : undefined;
  if (csv === undefined) {
    // Tools take the manifests of an older bundle away on purpose, where its image has them.
    if (csvText !== null && csvText !== '') changes.lost('the csv is no JSON, so nothing is derived', name);
    return { name, csv, provided: undefined, required: undefined };
  }
  const documents =
    typeof bundleText === 'string' && bundleText !== '' ? parseDocuments(bundleText) : undefined;
  if (documents === undefined && bundleText !== null && bundleText !== '')
    changes.lost('the objects of the bundle are no JSON, so its csv alone is read', name);
  return { name, csv, provided: deriveProvided(csv, documents), required: deriveRequired(csv) };
}

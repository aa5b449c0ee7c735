import type { DatabaseSync } from 'node:sqlite';
import { byBytes, compactJson } from '../manifests/go-json.ts';
import { readJson } from '../manifests/json.ts';
import type { Property } from '../manifests/properties.ts';
import { at, itemsOf, textOf, type Value } from '../manifests/value.ts';
import type { BundleRows, Gvk } from './bundle-properties.ts';
import { text } from './graph.ts';

/** A bundle, all that the file holds about it. */
export interface StoredBundle extends BundleRows {
  readonly image: string;
  readonly csvText: string;
  /** Whether every object of it could be read. */
  readonly isWhole: boolean;
  readonly relatedImages: readonly RelatedImage[];
}

export interface RelatedImage {
  /** "" where the file holds an image without its name. */
  readonly name: string;
  readonly image: string;
}

/** Reads bundles one by one: those of a whole registry are too much to have at once. */
export class BundleReader {
  readonly #statements;

  constructor(database: DatabaseSync) {
    const gvk = 'SELECT DISTINCT group_name AS "group", kind, version FROM';
    const typed = "SELECT coalesce(type, '') AS type, CAST(value AS TEXT) AS value FROM";
    const ofBundle = 'WHERE operatorbundle_name = ?';
    this.#statements = {
      bundle: database.prepare(
        'SELECT CAST(csv AS TEXT) AS csv, CAST(bundle AS TEXT) AS bundle, bundlepath, version FROM operatorbundle WHERE name = ?',
      ),
      images: database.prepare(`SELECT DISTINCT image FROM related_image ${ofBundle}`),
      properties: database.prepare(`${typed} properties ${ofBundle}`),
      dependencies: database.prepare(`${typed} dependencies ${ofBundle}`),
      provided: database.prepare(`${gvk} api_provider ${ofBundle}`),
      required: database.prepare(`${gvk} api_requirer ${ofBundle}`),
    };
  }

  read(name: string): StoredBundle {
    const row = this.#statements.bundle.get(name);
    const [csvText, objectText] = [text(row?.csv), text(row?.bundle)];
    const typed = (which: 'properties' | 'dependencies') =>
      this.#statements[which]
        .all(name)
        .map(({ type, value }): Property => ({ type: text(type), value: text(value) || 'null' }));
    const apis = (which: 'provided' | 'required') =>
      this.#statements[which].all(name).map(
        ({ group, kind, version }): Gvk => ({
          group: text(group),
          kind: text(kind),
          version: text(version),
        }),
      );
    return {
      name,
      image: text(row?.bundlepath),
      version: text(row?.version),
      csvText,
      ...splitObjects(objectText === '' ? csvText : objectText),
      properties: typed('properties'),
      dependencies: typed('dependencies'),
      provided: apis('provided'),
      required: apis('required'),
      relatedImages: relatedImages(
        parsed(csvText),
        this.#statements.images.all(name).map(({ image }) => text(image)),
      ),
    };
  }
}

/** With the names that the csv gives them; the others without. By image. */
function relatedImages(csv: Value | undefined, images: readonly string[]): readonly RelatedImage[] {
  const named = itemsOf(at(csv, 'spec', 'relatedImages')).map((one) => ({
    name: textOf(at(one, 'name')),
    image: textOf(at(one, 'image')),
  }));
  const known = new Set(named.map(({ image }) => image));
  const others = images.filter((image) => image !== '' && !known.has(image));
  return [...named, ...others.map((image) => ({ name: '', image }))].sort(
    (one, other) => byBytes(one.image, other.image) || byBytes(one.name, other.name),
  );
}

/** The value of a text, or undefined where it is no JSON. Pure. */
export function parsed(json: string): Value | undefined {
  try {
    return json === '' ? undefined : readJson(json).value;
  } catch {
    return undefined;
  }
}

/** The JSON of each object of a text that has one after the other, as far as it can be read. Pure. */
export function splitObjects(texts: string): { objects: readonly string[]; isWhole: boolean } {
  const found: string[] = [];
  let rest = texts;
  try {
    while (rest.trim() !== '') {
      const { start, end } = readJson(rest);
      found.push(compactJson(rest.slice(start, end)));
      rest = rest.slice(end);
    }
  } catch {
    return { objects: found, isWhole: false };
  }
  return { objects: found, isWhole: true };
}

import type { Api } from '../manifests/crd.ts';
import { byBytes, compactJson } from '../manifests/go-json.ts';
import { readJson } from '../manifests/json.ts';
import type { Property } from '../manifests/properties.ts';
import { fieldOf, textOf } from '../manifests/value.ts';

/** What the file holds about a bundle. */
export interface BundleRows {
  readonly name: string;
  readonly version: string;
  readonly properties: readonly Property[];
  readonly dependencies: readonly Property[];
  readonly provided: readonly Gvk[];
  readonly required: readonly Gvk[];
  /** The JSON of each object. */
  readonly objects: readonly string[];
}

export type Gvk = Omit<Api, 'plural'>;

/** JSON as a catalog has it: `<`, `>` and `&` as they are. Pure. */
export function catalogJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (it) => `\\u${it.charCodeAt(0).toString(16)}`);
}

const OBJECT = 'olm.bundle.object';

/**
 * The properties of a bundle in a catalog, each once, by type and value, its objects last. What it depends on is among them, under a type of its
 * own: `olm.gvk.required`, `olm.package.required`, `olm.label.required`; a constraint keeps its type.
 *
 * @param packageName the package that it stands in: of several `olm.package` only the one of this package is true there
 */
export function propertiesOf(bundle: BundleRows, packageName: string): readonly Property[] {
  const found: Property[] = [];
  const add = (type: string, value: unknown) => found.push({ type, value: catalogJson(value) });
  let hasPackage = false;
  for (const { type, value } of bundle.properties) {
    if (type === 'olm.package') {
      if (field(value, 'packageName') !== packageName) continue;
      hasPackage = true;
    }
    if (type === 'olm.gvk') add(type, gvk(value));
    else found.push({ type, value: compacted(value) });
  }
  if (!hasPackage) add('olm.package', { packageName, version: bundle.version });
  for (const { type, value } of bundle.dependencies) {
    if (type === 'olm.gvk') add('olm.gvk.required', gvk(value));
    else if (type === 'olm.package') {
      const [name, versionRange] = [field(value, 'packageName'), field(value, 'version')];
      add('olm.package.required', { packageName: name, versionRange });
    } else {
      const known = type === 'olm.constraint' || type.endsWith('.required');
      found.push({ type: known ? type : `${type}.required`, value: compacted(value) });
    }
  }
  for (const { group, kind, version } of bundle.provided) add('olm.gvk', { group, kind, version });
  for (const { group, kind, version } of bundle.required) add('olm.gvk.required', { group, kind, version });
  for (const object of bundle.objects) add(OBJECT, { data: Buffer.from(object).toString('base64') });
  return inOrder(found);
}

function inOrder(properties: readonly Property[]): readonly Property[] {
  const each = new Map(properties.map((one) => [JSON.stringify([one.type, one.value]), one]));
  const isObject = ({ type }: Property) => type === OBJECT || type === 'olm.csv.metadata';
  return [...each.values()].sort(
    (one, other) =>
      Number(isObject(one)) - Number(isObject(other)) ||
      byBytes(one.type, other.type) ||
      byBytes(one.value, other.value),
  );
}

/** A value is kept as it was written; only what is no JSON becomes a text of its own. */
function compacted(value: string): string {
  try {
    const { start, end } = readJson(value);
    return value.slice(end).trim() === '' ? compactJson(value.slice(start, end)) : catalogJson(value);
  } catch {
    return catalogJson(value);
  }
}

function field(value: string, name: string): string {
  try {
    return textOf(fieldOf(readJson(value).value, name));
  } catch {
    return '';
  }
}

function gvk(value: string): Gvk {
  return { group: field(value, 'group'), kind: field(value, 'kind'), version: field(value, 'version') };
}

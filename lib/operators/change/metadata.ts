import { ManifestFault } from '../manifests/fault.ts';
import { type Raw, readJson } from '../manifests/json.ts';
import { type Property, readPropertyList } from '../manifests/properties.ts';
import { at, isList, isMapping, kindOf, textOf, type Value } from '../manifests/value.ts';

const PREFIX = 'operators.operatorframework.io.bundle.';

/** Where a bundle says that it belongs. */
export interface Annotations {
  readonly packageName: string;
  readonly channels: readonly string[];
  /** "" where it names none. */
  readonly defaultChannel: string;
}

/**
 * Reads the annotations of a bundle. Pure.
 *
 * @returns undefined for a document that is something else
 * @throws ManifestFault where one that is needed is missing, or is no text
 */
export function readAnnotations(value: Value): Annotations | undefined {
  const found = at(value, 'annotations');
  if (!isMapping(found) || Object.keys(found).length === 0) return undefined;
  const read = (name: string) => {
    const key = `${PREFIX}${name}`;
    const one = at(found, key);
    if (one === undefined || one === null || typeof one === 'string') return textOf(one);
    throw new ManifestFault(`annotations.${key} has to be a text, and is ${kindOf(one)}`, {
      path: ['annotations', key],
    });
  };
  const need = (name: string) => {
    const text = read(name);
    if (text !== '') return text;
    throw new ManifestFault(`The annotation ${PREFIX}${name} is missing`, { path: ['annotations'] });
  };
  const channels = need('channels.v1')
    .split(',')
    .map((one) => one.trim());
  if (channels.includes('')) {
    const message = `The annotation ${PREFIX}channels.v1 names a channel without a name`;
    throw new ManifestFault(message, { path: ['annotations', `${PREFIX}channels.v1`] });
  }
  return {
    packageName: need('package.v1'),
    channels: [...new Set(channels)],
    defaultChannel: read('channel.default.v1'),
  };
}

/**
 * Reads `dependencies` or `properties`: a list of objects with `type` and `value`. Values of a file in JSON stay as they are written. Pure.
 *
 * @returns undefined for a document that is something else
 * @throws ManifestFault
 */
export function readMetadataList(
  text: string,
  value: Value,
  field: 'dependencies' | 'properties',
): readonly Property[] | undefined {
  const found = at(value, field);
  if (found === undefined || found === null) return undefined;
  if (!isList(found)) {
    throw new ManifestFault(`${field} has to be a list, and is ${kindOf(found)}`, { path: [field] });
  }
  if (found.length === 0) return undefined;
  try {
    const raw: Raw = new Map();
    const written = /^\s*\{/.test(text) ? at(readJsonOrNothing(text, raw), field) : undefined;
    const isJson = isList(written);
    return readPropertyList(isJson ? written : found, isJson ? raw : undefined, `The list ${field}`);
  } catch (error) {
    if (!(error instanceof ManifestFault)) throw error;
    throw new ManifestFault(error.message, { path: [field] });
  }
}

/** YAML may begin with a brace as well. */
function readJsonOrNothing(text: string, raw: Raw): Value | undefined {
  try {
    return readJson(text, raw).value;
  } catch {
    return undefined;
  }
}

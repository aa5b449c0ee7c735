import { ManifestFault } from './fault.ts';
import { isFloat } from './floats.ts';
import {
  fieldOf,
  isList,
  isMapping,
  itemsOf,
  keyOf,
  kindOf,
  type Path,
  pathText,
  type Value,
} from './value.ts';
import { float32Text } from './yaml-types.ts';

/** A package with its channels, in the order of the file. */
export interface PackageManifest {
  readonly name: string;
  readonly defaultChannel: string;
  readonly channels: readonly { readonly name: string; readonly head: string }[];
}

/**
 * Reads a document as a package, which every file is taken for. Numbers and booleans become texts. Pure.
 *
 * @returns undefined for a document that is something else
 * @throws ManifestFault for what is no object, and for fields of another type
 */
export function readPackageManifest(value: Value): PackageManifest | undefined {
  if (value === null) return undefined;
  if (!isMapping(value))
    throw new ManifestFault(`A manifest is an object, and this is ${kindOf(value)}`, { line: 1, column: 1 });
  const name = word(value, 'packageName', []);
  const channels = fieldOf(value, 'channels');
  if (channels !== undefined && channels !== null && !isList(channels)) {
    throw new ManifestFault(`channels has to be a list, and is ${kindOf(channels)}`, { path: ['channels'] });
  }
  const read = itemsOf(channels).map((one, index) => {
    const path = ['channels', index];
    if (one !== null && !isMapping(one)) {
      throw new ManifestFault(`${pathText(path)} has to be an object, and is ${kindOf(one)}`, { path });
    }
    return { name: word(one, 'name', path), head: word(one, 'currentCSV', path) };
  });
  const defaultChannel = word(value, 'defaultChannel', []);
  return name === '' ? undefined : { name, defaultChannel, channels: read };
}

function word(value: Value, field: string, path: Path): string {
  const key = isMapping(value) ? keyOf(value, field) : undefined;
  const found = isMapping(value) && key !== undefined ? value[key] : undefined;
  if (found === undefined || found === null) return '';
  if (typeof found === 'string') return found;
  const wasFloat = isMapping(value) && key !== undefined && isFloat(value, key);
  if (typeof found === 'number' && (wasFloat || !Number.isInteger(found))) return float32Text(found);
  if (typeof found !== 'object') return String(found);
  const whole = [...path, field];
  throw new ManifestFault(`${pathText(whole)} has to be a text, and is ${kindOf(found)}`, { path: whole });
}

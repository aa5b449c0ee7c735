import { ManifestFault } from './fault.ts';
import { compactJson } from './go-json.ts';
import { type Raw, readJson } from './json.ts';
import { faultsOf, object, type Shape, text } from './shape.ts';
import { fieldOf, isList, isMapping, type Mapping } from './value.ts';

/** A property of a bundle; its value is JSON as it was written. */
export interface Property {
  readonly type: string;
  readonly value: string;
}

/** What the tools know is looked at, the rest is taken as it is. */
const KNOWN: Readonly<Record<string, Shape>> = {
  'olm.label': object({ label: text }, false),
  'olm.package': object({ packageName: text, version: text }, false),
  'olm.gvk': object({ group: text, kind: text, version: text }, false),
};

/**
 * Reads the annotation `olm.properties`: a JSON list of objects with `type` and `value`, whose values keep their own order of keys. Pure.
 *
 * @throws ManifestFault
 */
export function readProperties(annotation: string): readonly Property[] {
  const raw: Raw = new Map();
  const { value, end } = readAnnotation(annotation, raw);
  if (annotation.slice(end).trim() !== '') throw fault('holds more after its JSON');
  if (value === null) return [];
  if (!isList(value)) throw fault('has to be a list');
  return value.map((one, index) => {
    if (one === null) return { type: '', value: 'null' };
    if (!isMapping(one)) throw fault(`has to hold objects, which [${index}] is not`);
    return readProperty(one, raw.get(one), index);
  });
}

function readAnnotation(annotation: string, raw: Raw) {
  try {
    return readJson(annotation, raw);
  } catch (error) {
    if (!(error instanceof ManifestFault)) throw error;
    throw fault(error.message.replace(/^This is no JSON: /, 'is no JSON: '));
  }
}

function readProperty(one: Mapping, texts: ReadonlyMap<string, string> | undefined, index: number): Property {
  const type = fieldOf(one, 'type') ?? '';
  if (typeof type !== 'string') throw fault(`has a type that is no text at [${index}]`);
  const written = [...(texts ?? [])].filter(([key]) => key.toLowerCase() === 'value').at(-1)?.[1];
  const known = KNOWN[type];
  if (known) {
    if (written === undefined) throw fault(`has no value at [${index}], which ${type} needs`);
    const [wrong] = faultsOf(known, fieldOf(one, 'value'), ['value']);
    if (wrong) throw fault(`is wrong at [${index}], ${type}: ${wrong.message}`);
  }
  return { type, value: compactJson(written ?? 'null') };
}

function fault(what: string): ManifestFault {
  return new ManifestFault(`The annotation olm.properties ${what}`);
}

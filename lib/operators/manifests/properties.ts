import { ManifestFault } from './fault.ts';
import { compactJson, goJson } from './go-json.ts';
import { type Raw, readJson } from './json.ts';
import { faultsOf, object, type Shape, text } from './shape.ts';
import { fieldOf, isList, isMapping, type Mapping, type Value } from './value.ts';

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
  return readPropertyList(value, raw, 'The annotation olm.properties');
}

/**
 * Reads a list of objects with `type` and `value`. Where the text that they were written as is known, values keep it. Pure.
 *
 * @param where in words, for messages
 * @throws ManifestFault
 */
export function readPropertyList(
  items: readonly Value[],
  raw: Raw | undefined,
  where: string,
): readonly Property[] {
  return items.map((one, index) => {
    if (one === null) return { type: '', value: 'null' };
    if (!isMapping(one)) throw fault(`has to hold objects, which [${index}] is not`, where);
    return readProperty(one, raw?.get(one), index, where);
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

function readProperty(
  one: Mapping,
  texts: ReadonlyMap<string, string> | undefined,
  index: number,
  where: string,
): Property {
  const type = fieldOf(one, 'type') ?? '';
  if (typeof type !== 'string') throw fault(`has a type that is no text at [${index}]`, where);
  const field = fieldOf(one, 'value');
  const written = texts
    ? [...texts].filter(([key]) => key.toLowerCase() === 'value').at(-1)?.[1]
    : field === undefined
      ? undefined
      : goJson(field);
  const known = KNOWN[type];
  if (known) {
    if (written === undefined) throw fault(`has no value at [${index}], which ${type} needs`, where);
    const [wrong] = faultsOf(known, field, ['value']);
    if (wrong) throw fault(`is wrong at [${index}], ${type}: ${wrong.message}`, where);
  }
  return { type, value: compactJson(written ?? 'null') };
}

function fault(what: string, where = 'The annotation olm.properties'): ManifestFault {
  return new ManifestFault(`${where} ${what}`);
}

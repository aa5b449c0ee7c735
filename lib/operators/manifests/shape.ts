import { ManifestFault } from './fault.ts';
import { isList, isMapping, kindOf, type Path, pathText, type Value } from './value.ts';

/** What a value has to be; nothing at all (null, or no such key) may stand in every place. Calls back for each one that is something else. */
export type Shape = (value: Value | undefined, path: Path, wrong: (fault: ManifestFault) => void) => void;

function fault(path: Path, wanted: string, value: Value | undefined): ManifestFault {
  return new ManifestFault(`${pathText(path)} has to be ${wanted}, and is ${kindOf(value)}`, { path });
}

function only(wanted: string, is: (value: Value) => boolean): Shape {
  return (value, path, wrong) => {
    if (value !== undefined && value !== null && !is(value)) wrong(fault(path, wanted, value));
  };
}

export const text = only('a text', (value) => typeof value === 'string');
export const flag = only('true or false', (value) => typeof value === 'boolean');
export const number = only('a number', (value) => typeof value === 'number' || typeof value === 'bigint');
export const whole = only(
  'a whole number',
  (value) => typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)),
);
export const textOrNumber = only('a text or a number', (value) =>
  ['string', 'number', 'bigint'].includes(typeof value),
);
export const objectAsItIs = only('an object', isMapping);
export const moment = only(
  'a moment such as 2019-09-05T12:00:00Z',
  (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
);

export function list(item: Shape): Shape {
  return (value, path, wrong) => {
    if (value === undefined || value === null) return;
    if (!isList(value)) wrong(fault(path, 'a list', value));
    else for (const [index, one] of value.entries()) item(one, [...path, index], wrong);
  };
}

export function mapOf(item: Shape): Shape {
  return (value, path, wrong) => {
    if (value === undefined || value === null) return;
    if (!isMapping(value)) wrong(fault(path, 'an object', value));
    else for (const [key, one] of Object.entries(value)) item(one, [...path, key], wrong);
  };
}

/** An object with these fields; others may be there too. Letter case counts where `isExact`. */
export function object(fields: Readonly<Record<string, Shape>>, isExact = true): Shape {
  const shapes = new Map(
    Object.entries(fields).map(([name, shape]) => [isExact ? name : name.toLowerCase(), shape]),
  );
  return (value, path, wrong) => {
    if (value === undefined || value === null) return;
    if (!isMapping(value)) {
      wrong(fault(path, 'an object', value));
      return;
    }
    for (const [key, one] of Object.entries(value)) {
      shapes.get(isExact ? key : key.toLowerCase())?.(one, [...path, key], wrong);
    }
  };
}

/** For shapes that hold themselves. */
export function later(shape: () => Shape): Shape {
  return (value, path, wrong) => shape()(value, path, wrong);
}

/** One of two kinds, told apart by what the value is. */
export function either(is: (value: Value) => boolean, one: Shape, other: Shape): Shape {
  return (value, path, wrong) => {
    if (value !== undefined && value !== null) (is(value) ? one : other)(value, path, wrong);
  };
}

/** Everything that is not as it has to be. */
export function faultsOf(shape: Shape, value: Value | undefined, path: Path): ManifestFault[] {
  const faults: ManifestFault[] = [];
  shape(value, path, (one) => faults.push(one));
  return faults;
}

/** The metadata of every object of Kubernetes. */
export const metadata = object({
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: whole,
  creationTimestamp: moment,
  deletionTimestamp: moment,
  deletionGracePeriodSeconds: whole,
  labels: mapOf(text),
  annotations: mapOf(text),
  finalizers: list(text),
  ownerReferences: list(object({ apiVersion: text, kind: text, name: text, uid: text, controller: flag })),
  managedFields: list(objectAsItIs),
});

/** What a manifest holds once it is read: what JSON can say, with whole numbers of 64 bits. */
export type Value = null | boolean | number | bigint | string | readonly Value[] | Mapping;

export interface Mapping {
  readonly [key: string]: Value;
}

/** Where in a manifest something is: the keys and places in lists that lead to it. */
export type Path = readonly (string | number)[];

/** As people write it: `spec.install.deployments[0].name`. Pure. */
export function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

export function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The value below some keys, or undefined where one of them is not there. Pure. */
export function at(value: Value | undefined, ...keys: readonly string[]): Value | undefined {
  let found = value;
  for (const key of keys) {
    if (!isMapping(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** In words, for messages. Pure. */
export function kindOf(value: Value | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'boolean') return `${value}, a boolean`;
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}, a number`;
  if (typeof value === 'string') return 'a text';
  return isList(value) ? 'a list' : 'an object';
}

/** The key of a field whatever the case of its letters, as Go finds it: of several the last one in the order of bytes. */
export function keyOf(value: Mapping, name: string): string | undefined {
  if (Object.keys(value).length === 1 && Object.hasOwn(value, name)) return name;
  return Object.keys(value)
    .filter((one) => one.toLowerCase() === name.toLowerCase())
    .sort()
    .at(-1);
}

/** The value of that field. */
export function fieldOf(value: Value | undefined, name: string): Value | undefined {
  if (!isMapping(value)) return undefined;
  const key = keyOf(value, name);
  return key === undefined ? undefined : value[key];
}

export function itemsOf(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

export function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

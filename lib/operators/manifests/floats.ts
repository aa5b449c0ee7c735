/** Which values of which objects were written as floats: as a number 1e6 is 1000000, and as a text it is not. */
const floats = new WeakMap<object, Set<string>>();

/** Remembers it of a value, or forgets it. */
export function markFloat(object: object, key: string, isIt: boolean): void {
  const keys = floats.get(object);
  if (!isIt) keys?.delete(key);
  else if (keys) keys.add(key);
  else floats.set(object, new Set([key]));
}

/** Whether the value of a key was written with a dot or an exponent. */
export function isFloat(object: object, key: string): boolean {
  return floats.get(object)?.has(key) ?? false;
}

import type { Value } from './value.ts';

const ESCAPED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped.
  /["\\\0-\x1f<>&\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A value as the registry's tools store it: no white space, keys in the order of their bytes, `<`, `>` and `&` escaped. Pure. */
export function goJson(value: Value): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join('');
}

function write(value: Value, parts: string[]): void {
  if (typeof value === 'string') parts.push(goString(value));
  else if (typeof value !== 'object' || value === null) parts.push(scalar(value));
  else if (Array.isArray(value)) {
    parts.push('[');
    for (const [index, item] of value.entries()) {
      if (index > 0) parts.push(',');
      write(item, parts);
    }
    parts.push(']');
  } else {
    const object = value as Readonly<Record<string, Value>>;
    parts.push('{');
    for (const [index, key] of Object.keys(object).sort(byBytes).entries()) {
      parts.push(index > 0 ? `,${goString(key)}:` : `${goString(key)}:`);
      write(object[key] ?? null, parts);
    }
    parts.push('}');
  }
}

/** Beyond 64 bits a whole number is a float there. */
function scalar(value: null | boolean | number | bigint): string {
  if (typeof value === 'bigint' && value > 2n ** 63n - 1n) return String(Number(value));
  return Object.is(value, -0) ? '0' : String(value);
}

/** A text as Go writes it, quotes included. Pure. */
export function goString(text: string): string {
  return `"${text.replace(ESCAPED, escapeOne)}"`;
}

function escapeOne(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  // Half of a pair is no character.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The order of UTF-8: that of code points, not of UTF-16 units. Pure. */
export function byBytes(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [one.charCodeAt(index), other.charCodeAt(index)];
    if (a === b) continue;
    // A pair stands for a code point above every other unit.
    return rank(a) - rank(b);
  }
  return one.length - other.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** A JSON text without its white space, with `<`, `>`, `&` escaped, and everything else as it was written. Pure. */
export function compactJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/gs, (part) =>
    part.startsWith('"')
      ? part.replace(/[<>&\u2028\u2029]/g, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : '',
  );
}

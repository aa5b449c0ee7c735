import { ManifestFault } from './fault.ts';
import { markFloat } from './floats.ts';
import type { Value } from './value.ts';

/** Deeper than any manifest, and not so deep that the stack ends. */
const MAX_DEPTH = 1000;

/** A value read from JSON, with the text that it was written as. */
export interface Read {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
}

/** For each object of a text its values, as they are written there: `value` of a property is kept so. */
export type Raw = Map<object, ReadonlyMap<string, string>>;

/**
 * Reads the JSON value at the beginning of a text, with whole numbers of 64 bits; of equal keys the last one counts.
 *
 * @param raw is told the text of each value of an object
 * @throws ManifestFault for what is no JSON
 */
export function readJson(text: string, raw?: Raw): Read {
  const reader = new Reader(text, raw);
  const start = reader.skip();
  const value = reader.value(0);
  return { value, start, end: reader.position };
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in a text.
const STRING = /"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: Readonly<Record<string, null | boolean>> = { null: null, true: true, false: false };

class Reader {
  position = 0;
  readonly #text: string;
  readonly #raw: Raw | undefined;

  constructor(text: string, raw?: Raw) {
    this.#text = text;
    this.#raw = raw;
  }

  skip(): number {
    while (' \t\r\n'.includes(this.#text[this.position] ?? 'x')) this.position++;
    return this.position;
  }

  value(depth: number): Value {
    if (depth > MAX_DEPTH) throw this.#fault('it is nested too deep');
    this.skip();
    const first = this.#text[this.position];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of Object.entries(WORDS)) {
      if (this.#text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): Value {
    const object: Record<string, Value> = {};
    const texts = new Map<string, string>();
    this.position++;
    this.skip();
    for (let isFirst = true; this.#text[this.position] !== '}' || !isFirst; isFirst = false) {
      const key = this.#string();
      this.#expect(':');
      const start = this.skip();
      const value = this.value(depth + 1);
      const written = this.#text.slice(start, this.position);
      texts.set(key, written);
      if (typeof value === 'number') markFloat(object, key, /[.eE]/.test(written));
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      this.skip();
      if (this.#text[this.position] === '}') break;
      this.#expect(',');
      this.skip();
    }
    this.position++;
    this.#raw?.set(object, texts);
    return object;
  }

  #list(depth: number): Value {
    const list: Value[] = [];
    this.position++;
    this.skip();
    for (let isFirst = true; this.#text[this.position] !== ']' || !isFirst; isFirst = false) {
      list.push(this.value(depth + 1));
      this.skip();
      if (this.#text[this.position] === ']') break;
      this.#expect(',');
    }
    this.position++;
    return list;
  }

  #string(): string {
    const found = this.#match(STRING);
    if (found === undefined) throw this.#fault('a text between quotes is missing');
    return (JSON.parse(found) as string).toWellFormed();
  }

  #number(): Value {
    const found = this.#match(NUMBER);
    if (found === undefined) throw this.#fault('a value is missing');
    if (!/[.eE]/.test(found)) {
      const whole = BigInt(found);
      if (Number.isSafeInteger(Number(found))) return Number(found);
      if (whole >= -(2n ** 63n) && whole < 2n ** 63n) return whole;
    }
    const value = Number(found);
    if (!Number.isFinite(value)) throw this.#fault(`${found} is no number that can be held`);
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  #expect(character: string): void {
    this.skip();
    if (this.#text[this.position] !== character) throw this.#fault(`"${character}" is missing`);
    this.position++;
  }

  #fault(what: string): ManifestFault {
    const before = this.#text.slice(0, this.position).split('\n');
    const column = [...(before.at(-1) ?? '')].length + 1;
    return new ManifestFault(`This is no JSON: ${what}`, { line: before.length, column });
  }
}

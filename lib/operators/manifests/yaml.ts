import yaml from 'js-yaml';
import { escapedQuote, restoreQuotes, STAND_IN } from './escaped-quotes.ts';
import { ManifestFault } from './fault.ts';
import { isFloat, markFloat } from './floats.ts';
import type { Value } from './value.ts';
import { goYamlSchema, Held, MERGE_KEY, NULL_KEY } from './yaml-types.ts';

/** Deeper than any schema of a resource, and not so deep that the stack ends. */
const MAX_DEPTH = 1000;

/** What an object or a list in a text covers, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads one document as the registry's tools do: YAML 1.1 by the rules of go-yaml v2. Of equal keys the last one counts.
 *
 * @param spans is told where each object and each list stands
 * @throws ManifestFault with the place, where the tools would refuse it
 */
export function readYaml(text: string, spans?: Map<object, Span>): Value {
  assertPrintable(text);
  let readable = text;
  for (;;) {
    try {
      const read = yaml.load(readable, {
        schema: goYamlSchema,
        json: true,
        maxDepth: MAX_DEPTH,
        ...(spans && { listener: listenTo(spans) }),
      } as yaml.LoadOptions);
      return new Settling().settle(readable === text ? read : restoreQuotes(read));
    } catch (error) {
      if (!(error instanceof yaml.YAMLException)) throw error;
      const { line, column } = error.mark ?? { line: 0, column: 0 };
      const at = text.includes(STAND_IN) ? undefined : escapedQuote(readable, error);
      if (at === undefined)
        throw new ManifestFault(`This is no YAML: ${sentence(error.reason)}`, {
          line: line + 1,
          column: column + 1,
        });
      readable = readable.slice(0, at) + STAND_IN + readable.slice(at + STAND_IN.length);
      spans?.clear();
    }
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that YAML has not.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** @throws ManifestFault for a character that no text of YAML may hold, in a comment neither */
function assertPrintable(text: string): void {
  const found = CONTROL.exec(text);
  if (!found) return;
  const before = text.slice(0, found.index).split('\n');
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw new ManifestFault(`Here is a control character, U+${code}, which a text of YAML may not hold.`, {
    line: before.length,
    column: [...(before.at(-1) ?? '')].length + 1,
  });
}

/** js-yaml tells where a node begins and ends, and what it has read there. */
function listenTo(spans: Map<object, Span>): (event: string, state: unknown) => void {
  const starts: number[] = [];
  return (event, state) => {
    const { position, result } = state as { position: number; result: unknown };
    if (event === 'open') {
      starts.push(position);
      return;
    }
    const start = starts.pop() ?? 0;
    if (typeof result === 'object' && result !== null && !spans.has(result)) {
      spans.set(result, { start, end: position });
    }
  };
}

function sentence(reason: string): string {
  return reason.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}

/** How many values a document may have before its aliases are looked at. */
const FEW = 400_000;
const MANY = 4_000_000;

/** Puts in what was held back, in place: null, floats, merged keys. */
class Settling {
  /** How many values are below an object or a list, those of aliases included. */
  readonly #sizes = new Map<object, number>();
  readonly #open = new Set<object>();
  #distinct = 0;

  settle(value: unknown): Value {
    const settled = this.#one(value);
    const all = this.#sizeOf(settled);
    const allowed = all <= FEW ? 0.99 : all >= MANY ? 0.1 : 0.99 - 0.89 * ((all - FEW) / (MANY - FEW));
    if (all > 1000 && all - this.#distinct > 100 && (all - this.#distinct) / all > allowed) {
      throw new ManifestFault('This document says the same again and again by its aliases.');
    }
    return settled;
  }

  #one(value: unknown): Value {
    if (value instanceof Held) return this.#held(value);
    if (value === undefined) return null;
    if (typeof value !== 'object' || value === null) {
      this.#distinct++;
      return value as Value;
    }
    if (this.#open.has(value)) throw new ManifestFault('An anchor in this document contains itself.');
    if (this.#sizes.has(value)) return value as Value;
    this.#open.add(value);
    this.#distinct++;
    const own = value as Record<string, unknown>;
    for (const key of Object.keys(own)) {
      if (!Array.isArray(value)) checkKey(key);
      const before = own[key];
      if (before instanceof Held && before.kind === 'float') markFloat(own, key, true);
      const settled = this.#one(before);
      if (settled !== own[key]) own[key] = settled;
    }
    if (Object.keys(own).some((key) => key.startsWith(MERGE_KEY))) mergeInto(own);
    this.#open.delete(value);
    let size = 1;
    for (const key of Object.keys(own)) size += this.#sizeOf(own[key] as Value);
    this.#sizes.set(value, size);
    return value as Value;
  }

  #held({ kind, value }: Held): Value {
    this.#distinct++;
    if (kind === 'float' && Number.isNaN(value)) {
      throw new ManifestFault('A number in this document is infinite, or none: JSON has no such number.');
    }
    return value;
  }

  #sizeOf(value: Value): number {
    return typeof value === 'object' && value !== null ? (this.#sizes.get(value) ?? 1) : 1;
  }
}

function checkKey(key: string): void {
  if (key === NULL_KEY) throw new ManifestFault('A key in this document is empty (null).');
  if (key === '[object Object]') throw new ManifestFault('A key in this document is an object.');
}

/** In the order in which they stand: what comes later counts, whether it is written here or merged. */
function mergeInto(own: Record<string, unknown>): void {
  const all = Object.entries(own);
  for (const [key] of all) delete own[key];
  const put = (key: string, value: unknown, from: object) => {
    Object.defineProperty(own, key, { value, enumerable: true, configurable: true, writable: true });
    if (from !== own) markFloat(own, key, isFloat(from, key));
  };
  const floats = new Map(all.map(([key]) => [key, isFloat(own, key)]));
  for (const [key, value] of all) {
    if (!key.startsWith(MERGE_KEY)) {
      put(key, value, own);
      markFloat(own, key, floats.get(key) ?? false);
      continue;
    }
    // Of several the first one counts.
    for (const one of Array.isArray(value) ? [...value].reverse() : [value]) {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) {
        throw new ManifestFault('What is merged by << in this document is no object.');
      }
      for (const [name, it] of Object.entries(one)) put(name, it, one);
    }
  }
}

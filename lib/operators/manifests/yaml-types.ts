import yaml from 'js-yaml';

/**
 * What js-yaml does not tell apart: as a key null is an error, a float is written in another way, and `<<` merges. Such a value stands in for
 * itself until the document is whole; as a key it becomes a text that no document can hold.
 */
export class Held {
  readonly kind: 'null' | 'float' | 'merge';
  readonly value: null | number | string;
  readonly key: string;

  constructor(kind: Held['kind'], value: null | number | string, key: string) {
    this.kind = kind;
    this.value = value;
    this.key = key;
  }

  /** js-yaml takes an object as a key only where it has one. */
  get [Symbol.toStringTag](): string {
    return 'Held';
  }

  toString(): string {
    return this.key;
  }
}

export const NULL_KEY = '\0null';
export const MERGE_KEY = '\0merge';

const NULL = new Held('null', null, NULL_KEY);
const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INFINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** With its padding, and nothing else between. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

let merges = 0;

const nothing = new yaml.Type('tag:yaml.org,2002:null', {
  kind: 'scalar',
  resolve: (text: string | null) => text === null || NULLS.has(text),
  construct: () => NULL,
});
const boolean = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && (TRUE.test(text) || FALSE.test(text)),
  construct: (text: string) => TRUE.test(text),
});
const integer = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && readInteger(text) !== undefined,
  construct: (text: string) => {
    const read = readInteger(text) ?? 0n;
    return Number.isSafeInteger(Number(read)) ? Number(read) : read;
  },
});
const float = new yaml.Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && readFloat(text) !== undefined,
  construct: (text: string) => {
    const read = readFloat(text) ?? 0;
    return new Held('float', read, float32Text(read));
  },
});
const merge = new yaml.Type('tag:yaml.org,2002:registry-jobs-merge', {
  kind: 'scalar',
  resolve: (text: string | null) => text === '<<',
  // Two of them in one object are two.
  construct: () => new Held('merge', '<<', `${MERGE_KEY}${merges++}`),
});
const binary = new yaml.Type('tag:yaml.org,2002:binary', {
  kind: 'scalar',
  resolve: (text: string | null) => text === null || BASE64.test(text.replace(/[\r\n]/g, '')),
  construct: (text: string | null) => Buffer.from(text ?? '', 'base64').toString('utf8'),
});

/** Tags that nobody knows are left out of account: what is below them is read as it stands. */
const unknown = ['!', 'tag:'].flatMap((prefix) => [
  new yaml.Type(prefix, { kind: 'scalar', multi: true, construct: (text: string | null) => text ?? '' }),
  new yaml.Type(prefix, { kind: 'sequence', multi: true, construct: (list: unknown) => list ?? [] }),
  new yaml.Type(prefix, { kind: 'mapping', multi: true, construct: (object: unknown) => object ?? {} }),
]);

/** YAML 1.1 with the numbers and words of go-yaml v2. Timestamps and sexagesimals stay text. */
export const goYamlSchema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [nothing, boolean, integer, float, merge],
  explicit: [binary, ...unknown],
});

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** As Go's ParseInt with base 0 reads it, and ParseUint after it. Undefined for what is no such number. Pure. */
export function readInteger(text: string): bigint | undefined {
  // What begins with a dot or a letter is tried as other things only.
  if (!/^[-+0-9]/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(plain) ?? [];
  const read = readDigits(digits);
  if (read === undefined) return undefined;
  const value = sign === '-' ? -read : read;
  if (value >= INT64_MIN && value <= INT64_MAX) return value;
  return sign === '' && value <= UINT64_MAX ? value : undefined;
}

function readDigits(digits: string): bigint | undefined {
  const lower = digits.toLowerCase();
  if (/^0x[0-9a-f]+$/.test(lower) || /^0b[01]+$/.test(lower) || /^0o[0-7]+$/.test(lower))
    return BigInt(lower);
  if (/^0[0-7]+$/.test(lower)) return BigInt(`0o${lower.slice(1)}`);
  return /^(?:0|[1-9][0-9]*)$/.test(lower) ? BigInt(lower) : undefined;
}

function readFloat(text: string): number | undefined {
  if (INFINITE.test(text)) return Number.NaN;
  if (!/^[-+.0-9]/.test(text)) return undefined;
  // What begins with a dot may hold underscores between digits only.
  if (text.startsWith('.') && /(?<![0-9])_|_(?![0-9])/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  if (!FLOAT.test(plain)) return undefined;
  const value = Number(plain);
  // What is beyond a float stays text.
  return Number.isFinite(value) ? value : undefined;
}

/** A float as a text, as the registry's tools write it: to single precision, with an exponent from a million on. Pure. */
export function float32Text(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  // The fewest digits that are still this number.
  let digits = 1;
  while (digits < 9 && Math.fround(Number(single.toPrecision(digits))) !== single) digits++;
  const [mantissa = '', exponent = '0'] = single.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plainText(mantissa, power);
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${short}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plainText(mantissa: string, power: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const figures = mantissa.replace('-', '').replace('.', '').replace(/0+$/, '') || '0';
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${figures}`;
  const whole = figures.slice(0, power + 1).padEnd(power + 1, '0');
  const rest = figures.slice(power + 1);
  return sign + whole + (rest === '' ? '' : `.${rest}`);
}

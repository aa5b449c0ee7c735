import { isMapping, type Value } from '../manifests/value.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** Lays out JSON as catalogs are, four blanks to a level; numbers and texts stay as they are written. Pure. */
export function layOutJson(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  let isEmpty = false;
  const line = () => parts.push(`\n${'    '.repeat(depth)}`);
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '}' || token === ']') {
      depth--;
      if (!isEmpty) line();
      isEmpty = false;
      parts.push(token);
      continue;
    }
    if (isEmpty) line();
    isEmpty = false;
    if (token === '{' || token === '[') {
      depth++;
      isEmpty = true;
      parts.push(token);
    } else if (token === ',') {
      parts.push(token);
      line();
    } else parts.push(token === ':' ? ': ' : token);
  }
  return `${parts.join('')}\n`;
}

/** Lays out a value as a YAML document: what could be taken for something else than a text stands between quotes. Pure. */
export function layOutYaml(value: Value): string {
  return `---\n${lines(value, '').join('\n')}\n`;
}

function lines(value: Value, indent: string): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item: Value) => {
      const [first = '', ...rest] = isNested(item) ? lines(item, `${indent}  `) : [scalar(item)];
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (isMapping(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) =>
      isNested(item)
        ? [`${indent}${word(key)}:`, ...lines(item, Array.isArray(item) ? indent : `${indent}  `)]
        : [`${indent}${word(key)}: ${scalar(item)}`],
    );
  }
  return [indent + scalar(value)];
}

function isNested(value: Value): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: Value): string {
  if (typeof value === 'string') return word(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[]' : '{}';
  // A number with an exponent needs a dot to be one in YAML 1.1.
  return String(value).replace(/^(-?\d+)e/, '$1.0e');
}

/** A plain word is one that YAML 1.1 and 1.2 take for nothing else; JSON's texts are YAML's between quotes. */
function word(text: string): string {
  const isPlain = /^[A-Za-z][\w./-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
  return isPlain ? text : JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

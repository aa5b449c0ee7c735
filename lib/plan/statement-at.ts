import { type Script, statementText } from '../migrations/script/statement.ts';

/** A server keeps at least 99 bytes of a statement for others to see, and cuts no character in two. */
const LEAST_KEPT = 96;

/**
 * Which statement of a file a server is at work on, from 1, by the text that it shows to others, which may be cut. Nothing where it is none
 * of them, or more than one. Pure.
 */
export function statementAt(script: Script, query: string): number | undefined {
  const texts = script.statements.map((_, index) => sentText(script, index));
  const whole = texts.indexOf(query);
  if (whole >= 0) return whole + 1;
  if (new TextEncoder().encode(query).length < LEAST_KEPT) return undefined;
  const found = texts.flatMap((text, index) => (text.startsWith(query) ? [index + 1] : []));
  return found.length === 1 ? found[0] : undefined;
}

/** The texts that stand in a file more than once. */
const repeated = new WeakMap<Script, ReadonlySet<string>>();

function repeatedTexts(script: Script): ReadonlySet<string> {
  const known = repeated.get(script);
  if (known) return known;
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const statement of script.statements) {
    const text = statementText(script, statement);
    (seen.has(text) ? twice : seen).add(text);
  }
  repeated.set(script, twice);
  return twice;
}

/**
 * A statement as it is sent. One that stands in its file more than once says which of them it is, after its end: so that whoever watches
 * from another session can tell.
 */
export function sentText(script: Script, index: number): string {
  const statement = script.statements[index];
  if (!statement) return '';
  const text = statementText(script, statement);
  if (!repeatedTexts(script).has(text)) return text;
  return `${text}\n/* statement ${index + 1} of ${script.statements.length} */`;
}

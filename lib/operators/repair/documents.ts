/** A JSON object whose shape is not known. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object, or an empty one. Pure. */
export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** The objects of a list, or none. Pure. */
export function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The value where it is a text, or "". Pure. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a JSON object, or says undefined of anything else. Pure. */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the objects of a text that has one after the other, as a bundle is stored. Loaders end each with a line end; a text that was laid
 * out by hand has its objects over several lines. Pure.
 *
 * @returns undefined where the text is something else
 */
export function parseDocuments(text: string): readonly Json[] | undefined {
  const documents: Json[] = [];
  let pending = '';
  for (const line of text.split('\n')) {
    pending += pending === '' ? line : `\n${line}`;
    if (pending.trim() === '') pending = '';
    // An object ends with its brace: nothing else has to be tried.
    if (!pending.trimEnd().endsWith('}')) continue;
    const document = parseObject(pending);
    if (document === undefined) continue;
    documents.push(document);
    pending = '';
  }
  return pending.trim() === '' ? documents : undefined;
}

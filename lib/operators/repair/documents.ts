import { isMapping, type Mapping, type Value } from '../manifests/value.ts';

/** Reads a JSON object, or says undefined of anything else. Pure. */
export function parseObject(text: string): Mapping | undefined {
  try {
    const value = JSON.parse(text) as Value;
    return isMapping(value) ? value : undefined;
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
export function parseDocuments(text: string): readonly Mapping[] | undefined {
  const documents: Mapping[] = [];
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

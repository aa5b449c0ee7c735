import type yaml from 'js-yaml';

/**
 * Stands for an escaped apostrophe between double quotes, which YAML 1.1 allows and js-yaml refuses: as long as the two characters, so that
 * places stay, and of no use to anybody.
 */
export const STAND_IN = '\u{10fffd}';

/** How many there may be in a text: for each it is read once more. */
const MOST = 500;

/** Where the apostrophe is that keeps a text from being read; nothing where it is something else, or the text cannot be mended. Pure. */
export function escapedQuote(text: string, { reason, mark }: yaml.YAMLException): number | undefined {
  if (!reason.startsWith('unknown escape sequence') || !mark) return undefined;
  const at = text.lastIndexOf("\\'", mark.position);
  if (at < 0 || mark.position - at > 2) return undefined;
  return text.split(STAND_IN).length > MOST ? undefined : at;
}

/** Puts the apostrophes in, in place; keys too. */
export function restoreQuotes(value: unknown, seen = new Set<object>()): unknown {
  if (typeof value === 'string') return value.replaceAll(STAND_IN, "'");
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  const own = value as Record<string, unknown>;
  const isChanged = !Array.isArray(value) && Object.keys(own).some((key) => key.includes(STAND_IN));
  for (const [key, one] of Object.entries(own)) {
    // Anew, where a key is another: the order stays.
    if (isChanged) delete own[key];
    const whole = isChanged ? key.replaceAll(STAND_IN, "'") : key;
    const restored = restoreQuotes(one, seen);
    if (isChanged || restored !== one)
      Object.defineProperty(own, whole, {
        value: restored,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return value;
}

/** Shorter passwords cannot be told from ordinary words; masking them would destroy the text. */
const SHORTEST_SECRET = 4;

/** Replaces every secret in a text, also in the form a URL carries it. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text.replace(/(postgres(?:ql)?:\/\/[^:@/\s]*:)[^@/\s]+@/g, '$1***@');
  for (const secret of secrets) {
    if (!secret || secret.length < SHORTEST_SECRET) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      clean = clean.replaceAll(form, '***');
    }
  }
  return clean;
}

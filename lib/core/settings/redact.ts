/** Shorter passwords cannot be told from ordinary words; masking them would destroy the text. */
const SHORTEST_SECRET = 4;

/** What makes a token of IAM one, also where the token was encoded once more. */
const SIGNED = /(X-Amz-(?:Credential|Security-Token|Signature)(?:=|%3D))(?:(?!%26)[^&\s"'\\])+/g;

/** Replaces every secret in a text, also in the form a URL carries it, and what a token of IAM is signed with. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  // Our own hints write `postgres://user:password@host`, which must stay readable.
  let clean = text.replace(/(postgres(?:ql)?:\/\/[^:@/\s]*:)(?!password@)[^@/\s]+@/g, '$1***@');
  clean = clean.replace(SIGNED, '$1***');
  for (const secret of secrets) {
    if (!secret || secret.length < SHORTEST_SECRET) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      clean = clean.replaceAll(form, '***');
    }
  }
  return clean;
}

/**
 * Does the same to every text inside plain data. Masking its JSON instead would break the document where a
 * password of digits meets a number.
 */
export function redactDeep<T>(data: T, secrets: readonly (string | undefined)[]): T {
  const mask = (_key: string, value: unknown) => (typeof value === 'string' ? redact(value, secrets) : value);
  return JSON.parse(JSON.stringify(data, mask)) as T;
}

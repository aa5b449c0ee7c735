import { createHash } from 'node:crypto';

/** How much is hashed at once, in UTF-16 units: the whole of a large text would be copied for it. */
const CHUNK = 1 << 20;

/** The SHA-256 of a text in UTF-8, in hexadecimal. */
export function checksumOf(text: string): string {
  const hash = createHash('sha256');
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + CHUNK, text.length);
    // Both halves of a character outside the basic plane stay together.
    if (isLowSurrogate(text.charCodeAt(end))) end--;
    hash.update(text.slice(at, end));
    at = end;
  }
  return hash.digest('hex');
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** A part of a text, as UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a secret is called, with whatever stands before it: `PGPASSWORD` and `sslpassword` too, `password_encryption` not. */
export const NAME_OF_SECRET =
  /(?:passw(?:or)?d|pwd|passphrase|secret[_-]?(?:access[_-]?)?key|client[_-]?secret|(?:session|access|refresh)[_-]?token|api[_-]?key)(?![\w$])/;

/** What a sticky pattern finds at a place; an empty text where it finds nothing. */
export function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** As many stars as a text has code points, and its line ends. */
export function stars(secret: string): string {
  return secret
    .split('\n')
    .map((line) => '*'.repeat(countCodePoints(line)))
    .join('\n');
}

function countCodePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a character outside the basic plane.
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

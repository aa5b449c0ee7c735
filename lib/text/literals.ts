/**
 * Where the literal whose opening quote stands at `quote` ends, after its closing quote; nothing when it does not end.
 *
 * @param escapes whether a backslash escapes, as in E''
 */
export function endOfString(text: string, quote: number, escapes: boolean): number | undefined {
  for (let at = text.indexOf("'", quote + 1); at >= 0; at = text.indexOf("'", at + 1)) {
    if (escapes && isEscaped(text, at, quote)) continue;
    if (text[at + 1] !== "'") return at + 1;
    at++;
  }
  return undefined;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number, quote: number): boolean {
  let before = at - 1;
  while (before > quote && text[before] === '\\') before--;
  return (at - before) % 2 === 0;
}

/** Where a literal in dollars ends, whose text begins at `start`. */
export function endOfDollars(text: string, start: number, tag: string): number | undefined {
  const close = text.indexOf(tag, start);
  return close < 0 ? undefined : close + tag.length;
}

/** Controls of both halves, but for tab and line end; and what turns the direction of a text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Shows what would act on a terminal instead of letting it: `\x1b` becomes the picture that Unicode has for it, what has none the sign
 * for a character that cannot be shown. One for one, so that a caret under a line still points right. For people only: JSON stays exact.
 */
export function visible(text: string): string {
  return text.replace(CONTROLS, (control) => {
    const code = control.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\uFFFD';
  });
}

/**
 * What somebody else says, with its further lines set in behind a bar: none of them can be taken for a line of ours.
 *
 * @param begins what a line of its own begins with, and is not set in for
 */
export function setIn(text: string, begins?: RegExp): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 || begins?.test(line) ? line : `  | ${line}`.trimEnd()))
    .join('\n');
}

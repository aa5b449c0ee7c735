import type { ReadContext } from './tool.ts';

/** A line of a text, with its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without what ends it. */
  readonly content: string;
  readonly raw: string;
}

/** Takes a text apart into its lines; put together again they are the text. */
export function linesOf(text: string): Line[] {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((raw, index) => ({
    number: index + 1,
    content: raw.replace(/\r?\n$/, ''),
    raw,
  }));
}

/** The three bytes of a byte-order mark, as Latin-1 shows them: what is put before them would leave them inside the file. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

export function withoutByteOrderMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

/** The line on which the SQL of a text begins, from 1; nothing where it holds comments alone. */
export function firstLineOfSql(text: string, { remarks }: ReadContext): number | undefined {
  for (const { start, isComment } of remarks(text))
    if (!isComment) return text.slice(0, start).split('\n').length;
  return undefined;
}

/** The text with blanks in the place of its line comments: whatever is looked for is not looked for in those. */
export function blankComments(text: string, { remarks }: ReadContext): string {
  let blanked = '';
  let at = 0;
  for (const { start, text: comment, isComment } of remarks(text)) {
    if (!isComment) continue;
    blanked += text.slice(at, start) + ' '.repeat(comment.length);
    at = start + comment.length;
  }
  return blanked + text.slice(at);
}

/** The line of the first match outside of comments, from 1; nothing where there is none. */
export function findOutsideComments(
  text: string,
  pattern: RegExp,
  context: ReadContext,
): { readonly line: number; readonly match: string } | undefined {
  if (!pattern.test(text)) return undefined;
  const blanked = blankComments(text, context);
  const match = pattern.exec(blanked);
  return match ? { line: blanked.slice(0, match.index).split('\n').length, match: match[0] } : undefined;
}

/** What has to be added to a text so that another statement can follow it. */
export function missingSemicolon(text: string, { remarks }: ReadContext): string {
  let last: number | undefined;
  for (const { start, isComment } of remarks(text)) if (!isComment) last = start;
  return last === undefined || text[last] === ';' ? '' : ';';
}

import type { SourceLocation } from '../errors.ts';

/**
 * The place of a UTF-16 offset in a text. Columns count code points, as Postgres and psql count them, so an
 * emoji before the place moves it by one.
 */
export function locate(file: string, text: string, offset: number): SourceLocation {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) line++;
  return { file, line, column: countCodePoints(text.slice(lineStart, offset)) + 1 };
}

/** The UTF-16 offset of a code point: how Postgres counts the positions in its error messages. */
export function offsetOfCodePoint(text: string, codePoints: number): number {
  let offset = 0;
  for (let passed = 0; passed < codePoints && offset < text.length; passed++) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

const WIDEST_EXCERPT = 100;

/**
 * The line of a place with a caret under it. A long line is cut around the place, and what stands after
 * `PASSWORD` in a CREATE or ALTER ROLE is masked: excerpts end up in logs and deploy events.
 */
export function excerpt(text: string, location: SourceLocation): string {
  // Masked before it is cut: half a password is still too much.
  const line = [...maskPasswords(text.split('\n', location.line)[location.line - 1] ?? '')];
  const column = location.column - 1;
  const from = line.length > WIDEST_EXCERPT ? Math.max(0, column - WIDEST_EXCERPT / 2) : 0;
  const shown = line.slice(from, from + WIDEST_EXCERPT);
  const gutter = `${location.line} | `;
  // Tabs stay tabs in front of the caret, so that it lines up whatever their width.
  const indent = shown.slice(0, column - from).map((character) => (character === '\t' ? '\t' : ' '));
  return `${gutter}${shown.join('')}\n${' '.repeat(gutter.length - 2)}| ${indent.join('')}^`;
}

/** Masks the literal after PASSWORD without changing its length, so that a caret still points right. */
export function maskPasswords(sql: string): string {
  return sql.replace(/(\bpassword\s+E?')((?:[^']|'')*)/gi, (_, keyword: string, secret: string) => {
    return keyword + '*'.repeat([...secret].length);
  });
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

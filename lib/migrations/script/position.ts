import type { SourceLocation } from '../../errors/error.ts';
import { redactFile } from '../../secrets/redact.ts';

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

/** With the number of its line, of a terminal of 80 columns. */
const WIDEST_EXCERPT = 80;

/**
 * The line of a place with a caret under it. A long line is cut around the place, and what looks like a secret is masked, as are
 * those that are known: excerpts end up in logs and deploy events.
 */
export function excerpt(
  text: string,
  location: SourceLocation,
  secrets: readonly (string | undefined)[] = [],
): string {
  // The whole text is masked before anything is cut: a secret may begin on a line before, and half of one is too much.
  const line = lineOf(redactFile(text, secrets), location.line);
  const column = location.column - 1;
  const gutter = `${location.line} | `;
  const room = WIDEST_EXCERPT - gutter.length;
  const from = isWider(line, room) ? Math.max(0, column - Math.floor(room / 2)) : 0;
  // Only what is shown is taken apart: a line may be as long as the file.
  const start = offsetOfCodePoint(line, from);
  const shown = [...line.slice(start, start + 2 * room)].slice(0, room);
  // Tabs stay tabs in front of the caret, so that it lines up whatever their width.
  const indent = shown.slice(0, column - from).map((character) => (character === '\t' ? '\t' : ' '));
  return `${gutter}${shown.join('')}\n${' '.repeat(gutter.length - 2)}| ${indent.join('')}^`;
}

function isWider(line: string, room: number): boolean {
  return line.length > 2 * room || countCodePoints(line) > room;
}

function lineOf(text: string, line: number): string {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const newline = text.indexOf('\n', start);
    if (newline < 0) return '';
    start = newline + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

import { firstLineOfSql, linesOf, missingSemicolon, withoutByteOrderMark } from './lines.ts';
import type { Piece, ReadContext } from './tool.ts';

/**
 * What a line means to a tool that keeps both directions in one file. `cannot`: nothing that we have does what it does, if `where` says that
 * there is something for it to do.
 */
export type Mark =
  | { readonly kind: 'up' | 'down'; readonly transaction: boolean }
  | { readonly kind: 'begin' | 'end' | 'no-transaction' | 'none' }
  | { readonly kind: 'cannot'; readonly why: string };

/** Both directions of a file. */
export interface Sections {
  readonly up?: Piece;
  readonly down?: Piece;
  /** Why it cannot be carried, and where. */
  readonly cannot?: { readonly line: number; readonly why: string };
  /** SQL that stands before the first mark, which the tool does not run. */
  readonly strayLine?: number;
}

/**
 * Takes a file apart at the lines that mean something to its tool. Those are taken out, and everything else stays as it is, byte for byte;
 * only a statement that the tool ends by a line of its own gets the semicolon that it lacks.
 */
export function readSections(
  file: string,
  markOf: (line: string) => Mark | undefined,
  context: ReadContext,
): Sections {
  const text = withoutByteOrderMark(file);
  const parts: Record<'before' | 'up' | 'down', string | undefined> = {
    before: '',
    up: undefined,
    down: undefined,
  };
  const transaction = { up: true, down: true };
  let current: keyof typeof parts = 'before';
  let begun = 0;
  let cannot: Sections['cannot'];
  for (const { number, content, raw } of linesOf(text)) {
    const mark = markOf(content);
    if (!mark) {
      parts[current] = (parts[current] ?? '') + raw;
    } else if (mark.kind === 'up' || mark.kind === 'down') {
      current = mark.kind;
      parts[current] ??= '';
      if (!mark.transaction) transaction[mark.kind] = false;
    } else if (mark.kind === 'no-transaction') {
      transaction.up = false;
      transaction.down = false;
    } else if (mark.kind === 'begin') {
      begun = parts[current]?.length ?? 0;
    } else if (mark.kind === 'end') {
      const semicolon = missingSemicolon((parts[current] ?? '').slice(begun), context);
      if (semicolon) parts[current] += `${semicolon}${raw.slice(content.length)}`;
    } else if (mark.kind === 'cannot') {
      cannot ??= { line: number, why: mark.why };
    }
  }
  const { before = '', up, down } = parts;
  const strayLine = firstLineOfSql(before, context);
  // A licence or an author, which says something of the file.
  const header = strayLine !== undefined || before.trim() === '' ? '' : before;
  return {
    ...(up !== undefined && { up: { text: header + up, transaction: transaction.up } }),
    ...(down !== undefined && { down: { text: down, transaction: transaction.down } }),
    ...(cannot && { cannot }),
    ...(strayLine !== undefined && { strayLine }),
  };
}

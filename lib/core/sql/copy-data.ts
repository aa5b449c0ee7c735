import { hasSqlDetails, parseSync } from 'libpg-query';
import type { RegistryJobsError } from '../errors.ts';

/** Inline data behind a `COPY ... FROM stdin`. Offsets are UTF-16 offsets into the text, end exclusive. */
export interface CopyBlock {
  /** Where the statement's semicolon stands. */
  readonly semicolon: number;
  readonly start: number;
  readonly end: number;
}

const END_OF_DATA = /^\\\.[ \t]*$/m;

/**
 * Finds the data that pg_dump writes behind `COPY ... FROM stdin;`, up to a line `\.`, and blanks it, so that the
 * rest is SQL with unchanged offsets. Whether such a line is a statement, or stands in a string, a comment or a
 * function body, is decided by parsing everything before it.
 *
 * @param refuse makes the error for data that does not end
 */
export function blankCopyData(
  text: string,
  refuse: (offset: number, message: string, hint: string) => RegistryJobsError,
): { sql: string; blocks: CopyBlock[] } {
  const blocks: CopyBlock[] = [];
  let sql = text;
  let boundary = 0;
  for (const match of text.matchAll(/\bfrom\s+stdin\b[^;]*;[ \t]*(?:\n|$)/gi)) {
    if (match.index < boundary) continue;
    const start = match.index + match[0].length;
    const semicolon = text.lastIndexOf(';', start - 1);
    const copy = findCopy(sql.slice(boundary, semicolon + 1));
    if (copy === undefined) continue;
    const rest = text.slice(start);
    const end = END_OF_DATA.exec(rest);
    if (!end) {
      throw refuse(
        boundary + copy,
        'The data of COPY ... FROM stdin does not end.',
        'End it with a line that holds only \\.',
      );
    }
    blocks.push({ semicolon, start, end: start + end.index });
    boundary = start + end.index + end[0].length;
    sql = sql.slice(0, start) + text.slice(start, boundary).replace(/[^\n]/g, ' ') + sql.slice(boundary);
  }
  return { sql, blocks };
}

/** The offset of the last statement, if the SQL is complete and ends with a COPY from standard input. */
function findCopy(sql: string): number | undefined {
  try {
    const last = parseSync(sql).stmts?.at(-1);
    const node = last?.stmt as
      | { CopyStmt?: { is_from?: boolean; is_program?: boolean; filename?: string } }
      | undefined;
    const copy = node?.CopyStmt;
    if (!copy?.is_from || copy.filename || copy.is_program) return undefined;
    return Buffer.from(sql)
      .subarray(0, last?.stmt_location ?? 0)
      .toString().length;
  } catch (error) {
    // Not a place where a statement ends; if it is a mistake, parsing the whole file will say so.
    if (hasSqlDetails(error)) return undefined;
    throw error;
  }
}

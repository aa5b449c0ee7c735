import type { QueryResult } from '../session/connection.ts';

/** Of a database that takes any bytes for text: of one whose encoding is `SQL_ASCII`. */
const NO_ENCODING = 'SQL_ASCII';

/** How texts of a catalog come from the server, so that each arrives, and none is taken for another. */
export interface Texts {
  /** SQL for a text, as it is asked for. */
  sent(expression: string): string;
  /** What the server has answered to it. */
  read(answer: unknown): unknown;
}

const AS_THEY_ARE: Texts = { sent: (expression) => expression, read: (answer) => answer };

/** The server refuses to send bytes that are no UTF-8 to a session that reads UTF-8: so they are sent as ASCII. */
const BY_BYTES: Texts = {
  sent: (expression) => `pg_catalog.encode(pg_catalog.convert_to(${expression}, '${NO_ENCODING}'), 'escape')`,
  read: (answer) => (typeof answer === 'string' ? textOfBytes(answer) : answer),
};

/** @param serverEncoding as the server announced it: that of the database */
export function textsOf(serverEncoding: string | undefined): Texts {
  return serverEncoding === NO_ENCODING ? BY_BYTES : AS_THEY_ARE;
}

/** Reads the named columns of rows. */
export function readTexts(
  texts: Texts,
  rows: QueryResult['rows'],
  names: readonly string[],
): QueryResult['rows'] {
  if (texts === AS_THEY_ARE) return rows;
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(names.map((name) => [name, texts.read(row[name])])),
  }));
}

const UTF8 =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** Half a pair of UTF-16, which no UTF-8 comes to: other bytes are another text. It is shown as U+FFFD. */
const FIRST_OF_NO_TEXT = 0xdc00;

/** What the format `escape` of the server says: UTF-8 where it is that, and for each other byte a character that stands for it alone. Pure. */
export function textOfBytes(escaped: string): string {
  const bytes = escaped.replace(/\\(\\|[0-7]{3})/g, (_, one: string) =>
    one === '\\' ? one : String.fromCharCode(Number.parseInt(one, 8)),
  );
  return bytes.replace(UTF8, (found) =>
    found.length === 1
      ? String.fromCharCode(FIRST_OF_NO_TEXT + found.charCodeAt(0))
      : Buffer.from(found, 'latin1').toString('utf8'),
  );
}

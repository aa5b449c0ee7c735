import { type Script, type Statement, statementText } from '../../migrations/script/statement.ts';
import { namesSecret } from '../../secrets/mask-secrets.ts';

/** What the server says of a row of data: `COPY c, line 3, column x: "y"`. */
const LINE = /\bCOPY .+?, line (\d+)(?=[,:]|$)/m;
const IS_CSV = /\bcsv\b/i;
/** `quote '"'`, `ESCAPE AS E'\\'` */
const CHARACTER_OF = (option: 'quote' | 'escape') =>
  new RegExp(`\\b${option}\\s+(?:as\\s+)?[Ee]?'(?:\\\\(?=\\\\'))?(''|[^'])'`, 'i');

/**
 * The line of a COPY's data that the server's context means, as UTF-16 offsets into the file; nothing when it means none. In text the server
 * does not count line ends that a backslash escapes. In CSV it counts those in quotes, but in the first row, and so means
 * the line where the row ends. Pure.
 */
export function rowOfData(
  { text }: Script,
  { data, start, end }: Statement,
  where: string | undefined,
): { readonly start: number; readonly end: number } | undefined {
  const number = Number(LINE.exec(where ?? '')?.[1] ?? 0);
  if (!data || number === 0) return undefined;
  const sql = text.slice(start, end);
  const isCsv = IS_CSV.test(sql);
  let from = data.start;
  for (let line = 1; from < data.end; line++) {
    if (line === number) return { start: from, end: lineEnd(text, from, data.end) };
    if (!isCsv) from = endOfTextRow(text, from, data.end) + 1;
    else from = (line === 1 ? endOfCsvRow(text, from, data.end, sql) : lineEnd(text, from, data.end)) + 1;
  }
  return undefined;
}

/** Whether a row of the data may hold a secret, as far as the file tells: where the columns are not listed, any of it may mean them. */
export function mayHoldSecret(script: Script, statement: Statement): boolean {
  const sql = statementText(script, statement);
  if (namesSecret(sql) || /^[^(]*\([^)]*\)\s*from\b/i.test(sql)) return namesSecret(sql);
  let from = 0;
  for (const { data } of script.statements) {
    if (!data) continue;
    if (namesSecret(script.text.slice(from, data.start))) return true;
    from = data.end;
  }
  return namesSecret(script.text.slice(from));
}

function endOfTextRow(text: string, from: number, end: number): number {
  let to = lineEnd(text, from, end);
  while (to < end && isEscaped(text, to, from)) to = lineEnd(text, to + 1, end);
  return to;
}

/** As Postgres looks for it: where quotes are escaped by themselves, each just opens or closes. */
function endOfCsvRow(text: string, from: number, end: number, sql: string): number {
  const quote = CHARACTER_OF('quote').exec(sql)?.[1]?.[0] ?? '"';
  const escaping = CHARACTER_OF('escape').exec(sql)?.[1]?.[0] ?? quote;
  let inQuotes = false;
  let afterEscape = false;
  for (let at = from; at < end; at++) {
    const char = text[at];
    if (char === '\n' && !inQuotes) return at;
    if (inQuotes && char === escaping && escaping !== quote) afterEscape = !afterEscape;
    if (char === quote && !afterEscape) inQuotes = !inQuotes;
    if (char !== escaping) afterEscape = false;
  }
  return end;
}

function lineEnd(text: string, from: number, end: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 || newline > end ? end : newline;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number, from: number): boolean {
  let before = at - 1;
  while (before >= from && text[before] === '\\') before--;
  return (at - before) % 2 === 0;
}

import { redact } from '../../secrets/redact.ts';
import { createLexer } from '../parser/lexer.ts';

/**
 * What two dumps of the same schema would differ by: versions, random words, a setting that only newer servers know, and the stamp that some
 * servers keep among the options of a column.
 */
const VARIES = [
  /^(?:-- Dumped (?:from database|by pg_dump) version .*|\\(?:un)?restrict .*|SET transaction_timeout = 0;)\n+/,
  /\n+ALTER (?:FOREIGN )?TABLE ONLY [^;]+ ALTER COLUMN [^;]+ SET \(pg_attver=\d+\);/,
  /\bpg_attver=\d+, |, pg_attver=\d+(?=[,)])/,
];
/** What is left where something was taken away, and what pg_dump leaves by itself. */
const BLANK_LINES = /\n{3,}/;
/** Statements, and of those that make foreign tables the end, whose options hold passwords, which would be in a file that is kept. */
const WITH_OPTIONS = [
  /^(?:CREATE|ALTER) (?:FOREIGN DATA WRAPPER|SERVER|USER MAPPING|SUBSCRIPTION) [^;]*;$/,
  /^SERVER [^;]*;$/,
  /^ALTER FOREIGN TABLE ONLY [^;]* OPTIONS \([^;]*;$/,
];

const EDITED = new RegExp(
  [...VARIES, BLANK_LINES, ...WITH_OPTIONS].map(({ source }) => source).join('|'),
  'gm',
);

/** Makes the output of pg_dump one that is equal for equal schemas and without passwords. What stands in literals and names is kept. Pure. */
export function tidyDump(sql: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: found, index } of withoutLiterals(sql).matchAll(EDITED)) {
    const end = index + found.length;
    parts.push(sql.slice(from, index), edit(found, sql.slice(index, end)));
    from = end;
  }
  return `${[...parts, sql.slice(from)].join('').trim()}\n`;
}

function edit(found: string, text: string): string {
  if (/^(?:CREATE|ALTER|SERVER) /.test(found)) return redact(text);
  return /^\n+$/.test(found) ? '\n\n' : '';
}

/** The same text, as long, with nothing to be found in literals and quoted names: a function body may hold lines like those of pg_dump. */
function withoutLiterals(sql: string): string {
  const lexer = createLexer(sql);
  const parts: string[] = [];
  let from = 0;
  for (let token = lexer.next(); token; token = lexer.next()) {
    const { kind, start, end } = token;
    if (kind !== 'string' && kind !== 'quoted' && kind !== 'block-comment') continue;
    parts.push(sql.slice(from, start), 'x'.repeat(end - start));
    from = end;
  }
  return [...parts, sql.slice(from)].join('');
}

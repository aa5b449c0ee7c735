import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import { createSplitter, type Stretch } from './split.ts';

/** Inline data after a `COPY ... FROM stdin`. Offsets are UTF-16 offsets into the text, end exclusive. */
export interface CopyBlock {
  /** After the statement's semicolon. */
  readonly after: number;
  readonly start: number;
  readonly end: number;
}

/** The SQL of a text, without what only psql reads. */
export interface Layout {
  /** What the parser is given: the text without the data of COPY, and without the lines that pg_dump adds. */
  readonly sql: string;
  readonly blocks: readonly CopyBlock[];
  /** Where a place of `sql` stands in the text. */
  toText(offset: number): number;
}

type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

/** What may follow the semicolon of a COPY on its line. */
const REST_OF_LINE = /(?:[ \t]|\/\*(?:[^*\n]|\*(?!\/))*\*\/)*(?:--[^\n]*)?\n/y;
const RESTRICT = /^\\(?:un)?restrict[ \t]+\w+[ \t]*$/;

/**
 * Finds the data that pg_dump writes after `COPY ... FROM stdin;`, up to a line `\.`, and leaves it out of the SQL, so
 * that the parser never sees it, however much it is. Once through the text: where a statement ends is known
 * without parsing it, and data is only searched for its end.
 *
 * @throws RegistryJobsError `copy-unterminated` for data that does not end
 */
export function readLayout(text: string, refuse: Refuse): Layout {
  const blocks: CopyBlock[] = [];
  if (!/\bstdin\b|\\(?:un)?restrict\b/i.test(text)) return { sql: text, blocks, toText: (offset) => offset };
  const pieces = createPieces(text);
  const splitter = createSplitter(text);
  const onToken = ({ kind, start, end }: { kind: string; start: number; end: number }) => {
    // pg_dump writes \restrict lines that mean nothing outside psql.
    const isLine = kind === 'psql' && (start === 0 || text[start - 1] === '\n');
    if (isLine && RESTRICT.test(text.slice(start, end))) pieces.leaveOut(start, end);
  };
  for (let stretch = splitter.next(onToken); stretch; stretch = splitter.next(onToken)) {
    const start = stretch.copies ? startOfData(text, stretch.end) : undefined;
    if (start === undefined) continue;
    const [end, next] = endOfData(text, start) ?? [];
    if (end === undefined || next === undefined) {
      throw refuse(
        startOfWords(text, stretch),
        'copy-unterminated',
        'The data of COPY ... FROM stdin does not end.',
        'End it with a line that holds only \\.',
      );
    }
    blocks.push({ after: stretch.end, start, end });
    pieces.leaveOut(start, next);
    splitter.jump(next);
  }
  return { blocks, ...pieces.join() };
}

/** Puts together what is left of a text, and remembers where each piece stood. */
function createPieces(text: string) {
  const parts: string[] = [];
  const starts: { readonly sql: number; readonly text: number }[] = [{ sql: 0, text: 0 }];
  let from = 0;
  let length = 0;
  const keep = (to: number) => {
    parts.push(text.slice(from, to));
    length += to - from;
  };
  return {
    leaveOut: (start: number, end: number) => {
      keep(start);
      from = end;
      starts.push({ sql: length, text: end });
    },
    join: () => {
      keep(text.length);
      return { sql: parts.join(''), toText: createMap(starts) };
    },
  };
}

/** Maps offsets by halving: errors ask for any place, in any order. */
function createMap(starts: readonly { readonly sql: number; readonly text: number }[]) {
  return (offset: number): number => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle]?.sql ?? 0) <= offset) low = middle;
      else high = middle;
    }
    const { sql, text } = starts[low] ?? { sql: 0, text: 0 };
    return text + offset - sql;
  };
}

/** Where the data begins: on the next line, as in psql. With more SQL on the line there is none. */
function startOfData(text: string, semicolon: number): number | undefined {
  REST_OF_LINE.lastIndex = semicolon;
  return REST_OF_LINE.test(text) ? REST_OF_LINE.lastIndex : undefined;
}

/** Where the data ends, and where the SQL goes on: at the end of a line that holds only `\.` */
function endOfData(text: string, start: number): [end: number, next: number] | undefined {
  for (let at = text.indexOf('\\.', start); at >= 0; at = text.indexOf('\\.', at + 2)) {
    if (at > start && text[at - 1] !== '\n') continue;
    const end = /[ \t]*(?=\n|$)/y;
    end.lastIndex = at + 2;
    if (end.test(text)) return [at, end.lastIndex];
  }
  return undefined;
}

/** Where the first word of a statement stands. */
function startOfWords(text: string, { start, end }: Stretch): number {
  let first: number | undefined;
  createSplitter(text.slice(start, end)).next((token) => {
    if (!token.kind.endsWith('comment')) first ??= start + token.start;
  });
  return first ?? start;
}

import type { RegistryJobsError } from '../../errors/error.ts';
import { parseDuration } from '../../text/duration.ts';
import { type Expectation, parseExpectation, type Refuse } from './expectation.ts';
import { isWayBack, isWithoutTransaction, mayHoldMarkers } from './other-tools.ts';

/** What a file's header says about how it runs. */
export interface Directives {
  /** False: each statement on its own, as CREATE INDEX CONCURRENTLY needs it. */
  readonly transaction: boolean;
  /** In milliseconds, instead of the setting. */
  readonly lockTimeoutMs?: number;
  /** In milliseconds, for each statement. */
  readonly statementTimeoutMs?: number;
  /** In milliseconds: not started with less time left. */
  readonly expectedMs?: number;
  /** Whether it runs on in the server where a run may leave it there: `on` also where there is time for it, `off` never. */
  readonly detach?: 'on' | 'off';
  /** Foreign keys are not kept while it runs, and looked at before it is committed: SQLite alone. */
  readonly foreignKeys?: 'off';
  /** It is meant to hold no statement. */
  readonly empty?: true;
  /** What `prove` may find of it, since it is meant. */
  readonly accepts?: readonly Acceptance[];
  /** Why it cannot be undone, or nothing. */
  readonly irreversible: boolean;
}

/** A finding of `prove` that is meant. */
export interface Acceptance {
  readonly code: string;
  readonly because: string;
  /** Where its comment begins, as a UTF-16 offset. */
  readonly start: number;
}

export const defaultDirectives: Directives = { transaction: true, irreversible: false };

const PREFIX = /^--\s*registry-jobs\s*:\s*(.*?)\s*$/i;
const KNOWN =
  'transaction off, lock-timeout 5s, statement-timeout 10min, expected-duration 20min, detach on, irreversible, empty, accept CODE because REASON, foreign-keys off (SQLite)';

/** A comment, or any other token, which has no text here. */
export interface Remark {
  readonly start: number;
  readonly text: string;
  readonly isComment: boolean;
}

/** What the comments of a file say. */
export interface Comments {
  readonly directives: Directives;
  readonly expectations: Expectation[];
  /** The directives by their first word, each with the offset of its comment: a database may have no use for one. */
  readonly named: readonly { readonly name: string; readonly start: number }[];
  /** Where another tool's way of saying `transaction off` stands, if it was taken as ours. */
  readonly otherSpelling?: number;
}

/**
 * Reads the directives and expectations of a file: comments of their own line, found as the database finds them, so
 * that what stands in a string or a function body is none.
 *
 * @param remarks reads the tokens of a text; not asked where nothing is to be found
 * @param importHint the command that writes a folder of another tool anew
 */
export function readComments(
  sql: string,
  remarks: (sql: string) => Iterable<Remark>,
  refuse: Refuse,
  importHint: string,
): Comments {
  let directives = defaultDirectives;
  const expectations: Expectation[] = [];
  // Most files have nothing to find.
  if (!/--\s*(registry-jobs|expect)\s*:/i.test(sql) && !mayHoldMarkers(sql))
    return { directives, expectations, named: [] };
  const named: { name: string; start: number }[] = [];
  let seenStatement = false;
  let wayBack: number | undefined;
  let otherSpelling: number | undefined;
  let isStated = false;
  for (const { start, text, isComment } of remarks(sql)) {
    if (!isComment) {
      // What is commented out below such a line does no harm.
      if (wayBack !== undefined) {
        throw refuse(
          wayBack,
          'way-back-inside',
          'Below this line another tool keeps the way back, which would be run as well.',
          `Split the file into VERSION_title.up.sql and VERSION_title.down.sql, or have the folder written anew: ${importHint}`,
        );
      }
      seenStatement = true;
      continue;
    }
    const directive = PREFIX.exec(text)?.[1];
    if (directive !== undefined) {
      if (seenStatement) {
        throw refuse(
          start,
          'late-directive',
          'A directive stands after a statement.',
          'Move it to the top of the file.',
        );
      }
      isStated ||= /^transaction\b/.test(directive);
      const parsed = parseDirective(directive, start, (message) =>
        refuse(start, 'unknown-directive', message, `Known are: ${KNOWN}.`),
      );
      const accepts = [...(directives.accepts ?? []), ...(parsed.accepts ?? [])];
      named.push({ name: directive.split(/\s/, 1)[0] ?? '', start });
      directives = { ...directives, ...parsed, ...(accepts.length > 0 && { accepts }) };
    }
    // A remark at the end of a line of SQL parts nothing.
    if (isWayBack(text) && /(?:^|\n)[ \t]*$/.test(sql.slice(Math.max(0, start - 200), start)))
      wayBack ??= start;
    if (!seenStatement && isWithoutTransaction(text)) otherSpelling ??= start;
    if (/^--\s*expect\s*:/i.test(text)) expectations.push(parseExpectation(text, start, refuse));
  }
  // Our own word counts.
  if (otherSpelling === undefined || isStated) return { directives, expectations, named };
  return { directives: { ...directives, transaction: false }, expectations, named, otherSpelling };
}

function parseDirective(
  text: string,
  start: number,
  refuse: (message: string) => RegistryJobsError,
): Partial<Directives> {
  const [name = '', ...words] = text.split(/\s+/);
  const value = words.join(' ');
  const duration = (): number => {
    try {
      return parseDuration(value);
    } catch (error) {
      throw refuse(`${name}: ${error instanceof Error ? error.message : error}.`);
    }
  };
  switch (name) {
    case 'transaction':
      if (value === 'off') return { transaction: false };
      if (value === 'on') return { transaction: true };
      throw refuse(`transaction is on or off, not "${value}".`);
    case 'lock-timeout':
      return { lockTimeoutMs: duration() };
    case 'statement-timeout':
      return { statementTimeoutMs: duration() };
    case 'expected-duration':
      return { expectedMs: duration() };
    case 'detach':
      if (value === 'on' || value === 'off') return { detach: value };
      throw refuse(`detach is on or off, not "${value}".`);
    case 'foreign-keys':
      if (value === 'off') return { foreignKeys: 'off' };
      throw refuse(`foreign-keys can be off, not "${value}".`);
    case 'irreversible':
      if (value === '') return { irreversible: true };
      throw refuse('irreversible takes no value.');
    case 'empty':
      if (value === '') return { empty: true };
      throw refuse('empty takes no value.');
    case 'accept': {
      const [, code, because] = /^([a-z][a-z-]*)\s+because\s+(\S.*)$/.exec(value) ?? [];
      if (code !== undefined && because !== undefined) return { accepts: [{ code, because, start }] };
      throw refuse('accept wants the code of a finding, and why it is meant: accept late-fails because ...');
    }
    default:
      throw refuse(`There is no directive "${text}".`);
  }
}

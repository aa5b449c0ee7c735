import { setIn, visible } from '../text/visible.ts';
import type { ErrorCode } from './catalogue.ts';
import { isPostgresError, serverDetail } from './postgres-error.ts';

/** Where in a file something went wrong. Lines and columns start at 1; columns count code points. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What an error says besides its message. */
export interface ErrorDetails {
  /** What the reader should do next, as a sentence. */
  readonly hint?: string;
  readonly location?: SourceLocation;
  /** The source line with a caret under the place. */
  readonly excerpt?: string;
  /** The five-character code of a Postgres error. */
  readonly sqlstate?: string;
  /** Postgres' own DETAIL, HINT and CONTEXT lines. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/**
 * Every error that this project throws on purpose. `code` is stable: scripts may depend on it, while the
 * message is for people and may improve.
 */
export class RegistryJobsError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly location: SourceLocation | undefined;
  readonly excerpt: string | undefined;
  readonly sqlstate: string | undefined;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RegistryJobsError';
    this.code = code;
    this.hint = details.hint;
    this.location = details.location;
    this.excerpt = details.excerpt;
    this.sqlstate = details.sqlstate;
    this.detail = details.detail;
  }
}

/** The command line, the settings or the files are wrong: nothing was tried. Exit code 2. */
export class UsageError extends RegistryJobsError {
  override readonly name: string = 'UsageError';
}

/** The plain data of an error, for a report or a JSON document. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly location?: SourceLocation;
  readonly excerpt?: string;
  readonly sqlstate?: string;
  readonly detail?: string;
}

/** Turns anything thrown into plain data. What is not ours keeps its message, as `server-error` or `unexpected`. */
export function toErrorReport(error: unknown): ErrorReport {
  if (isPostgresError(error)) {
    const detail = serverDetail(error);
    return { code: 'server-error', message: error.message, sqlstate: error.code, ...(detail && { detail }) };
  }
  if (!(error instanceof RegistryJobsError)) {
    return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.location !== undefined && { location: error.location }),
    ...(error.excerpt !== undefined && { excerpt: error.excerpt }),
    ...(error.sqlstate !== undefined && { sqlstate: error.sqlstate }),
    ...(error.detail !== undefined && { detail: error.detail }),
  };
}

/** The text of an error as a person reads it: message with place, excerpt, detail, and what to do. */
export function renderError({
  location,
  message,
  sqlstate,
  code,
  excerpt,
  detail,
  hint,
}: ErrorReport): string {
  const place = location ? `${location.file}:${location.line}:${location.column}: ` : '';
  const state = sqlstate ? ` (SQLSTATE ${sqlstate})` : '';
  const lines = [`${place}${setIn(message)}${state} [${code}]`];
  if (excerpt) lines.push(excerpt);
  if (detail)
    lines.push(detail.startsWith('- ') ? detail.replace(/\n(?!- | {2})/g, '\n  ') : setIn(detail, LABEL));
  if (hint) lines.push(`What to do: ${setIn(hint)}`);
  return visible(lines.join('\n'));
}

/** What the server says, see `serverDetail`. A detail may be a list of problems instead, whose lines are ours. */
const LABEL = /^(?:DETAIL|HINT|CONTEXT): /;

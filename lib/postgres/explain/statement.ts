import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { excerpt, locate, offsetOfCodePoint } from '../../migrations/script/position.ts';
import { type Script, type Statement, statementText } from '../../migrations/script/statement.ts';
import { namesSecret, secretsIn } from '../../secrets/mask-secrets.ts';
import { stars } from '../../secrets/mask-tools.ts';
import { redactError } from '../../secrets/redact-error.ts';
import { mayHoldSecret, rowOfData } from './copy-data.ts';
import { knownHint, serverDetails } from './hints.ts';
import { isSessionEnd } from './sqlstates.ts';

/**
 * Turns the server's error for a statement into ours: file, line, column and a caret. Pure.
 *
 * Without a position of its own, as for an error inside a function or one that comes with COMMIT, the error
 * points at the statement's beginning; that of a row of COPY at the line of the row.
 *
 * @param user who ran it, as it is written in SQL
 * @param secrets what must not be shown, wherever the file has it
 */
export function explainStatementError(
  cause: unknown,
  script: Script,
  statement: Statement,
  { user, secrets }: { readonly user: string; readonly secrets: readonly (string | undefined)[] },
): RegistryJobsError {
  // The server repeats values of the statement, in its detail for example, where nothing tells what they are.
  const error = redactError(cause, secretsOf(script, statement, cause));
  const place = { ...placeOf(error, script, statement, secrets), cause: error };
  const { transaction } = script.directives;
  if (!isPostgresError(error)) {
    return new RegistryJobsError('connection-lost', `The connection was lost: ${messageOf(error)}`, {
      ...place,
      hint: `Find out what ended the session, then ${transaction ? 'run again.' : 'go on with: registry-jobs resume'}`,
    });
  }
  const work = { user, sql: statementText(script, statement), transaction };
  const details = serverDetails(error, work);
  // In a file without a transaction something may be done: it goes on after that, once what stood in the way is mended.
  // To run again is what resume does.
  const known = knownHint(error, work)?.replace(/, then run again\.$/, '.');
  const resume = `${known ? `${known} Then` : 'Correct the statement, then'} go on with: registry-jobs resume`;
  const code = isSessionEnd(error.code) ? 'connection-lost' : 'statement-failed';
  return new RegistryJobsError(code, error.message, {
    ...place,
    ...details,
    ...(!transaction && { hint: resume }),
  });
}

function placeOf(
  error: unknown,
  script: Script,
  statement: Statement,
  secrets: readonly (string | undefined)[],
) {
  const { position, where } = isPostgresError(error) ? error : {};
  const row = position === undefined ? rowOfData(script, statement, where) : undefined;
  const offset =
    row?.start ??
    statement.start + offsetOfCodePoint(statementText(script, statement), Number(position ?? 1) - 1);
  const { file, text } = script;
  const location = locate(file, text, offset);
  if (!row || !mayHoldSecret(script, statement))
    return { location, excerpt: excerpt(text, location, secrets) };
  const hidden = text.slice(0, row.start) + stars(text.slice(row.start, row.end)) + text.slice(row.end);
  return { location, excerpt: excerpt(hidden, location, secrets) };
}

/** A row, as the server repeats it. */
const ROW = /(?<=Failing row contains \().+(?=\))|(?<=\bline \d+: ").+(?=")/gs;
/** A value that could not be read, at the end of a message: `invalid input syntax for type integer: "x"`. */
const VALUE = /(?<=: ").+(?="$)/s;
/** The context of PL/pgSQL repeats its SQL, that of a function in SQL does not: what it reads is not told. */
const UNTOLD = /\bSQL function "/;
const COLUMN_OF_VALUE = /, column "?([^\n]{1,64}?)"?: "/;

/**
 * What the server repeats of a statement's own secrets, and of rows that it read elsewhere: which part of a row is a secret is not looked
 * for where the statement, or what the error is about, speaks of one.
 */
function secretsOf(script: Script, statement: Statement, cause: unknown): string[] {
  const sql = statementText(script, statement);
  const secrets = secretsIn(sql);
  if (!isPostgresError(cause)) return secrets;
  const { message, detail, where = '', position, schema, table, column, constraint } = cause;
  const about = [sql, where, schema, table, column, constraint].join('\n');
  const mayRepeat =
    namesSecret(about) || UNTOLD.test(where) || (statement.data && mayHoldSecret(script, statement));
  if (!mayRepeat) return secrets;
  const rows = [detail, where].flatMap((text) => text?.match(ROW) ?? []);
  const unknown = rows.filter((row) => !isGiven(row, statement, sql, secrets));
  // Where it has a position it stands in the statement.
  const read = COLUMN_OF_VALUE.exec(where)?.[1];
  const isShown = position !== undefined || (read !== undefined && !namesSecret(read));
  return [...secrets, ...unknown, ...(isShown ? [] : (message.match(VALUE) ?? []))];
}

/** Whether a row is what the statement itself inserts, so that its secrets are known and the rest can be shown. */
function isGiven(row: string, { kind }: Statement, sql: string, secrets: readonly string[]): boolean {
  return kind === 'InsertStmt' && !/\bselect\b/i.test(sql) && secrets.some((secret) => row.includes(secret));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

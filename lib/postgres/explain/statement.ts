import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { excerpt, locate, offsetOfCodePoint } from '../../migrations/script/position.ts';
import { type Script, type Statement, statementText } from '../../migrations/script/statement.ts';
import { secretsIn } from '../../secrets/mask-secrets.ts';
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
 */
export function explainStatementError(
  cause: unknown,
  script: Script,
  statement: Statement,
  user: string,
): RegistryJobsError {
  // The server repeats values of the statement, in its detail for example, where nothing tells what they are.
  const error = redactError(cause, secretsOf(script, statement, cause));
  const place = { ...placeOf(error, script, statement), cause: error };
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

function placeOf(error: unknown, script: Script, statement: Statement) {
  const { position, where } = isPostgresError(error) ? error : {};
  const row = position === undefined ? rowOfData(script, statement, where) : undefined;
  const offset =
    row?.start ??
    statement.start + offsetOfCodePoint(statementText(script, statement), Number(position ?? 1) - 1);
  const { file, text } = script;
  const location = locate(file, text, offset);
  if (!row || !mayHoldSecret(script, statement)) return { location, excerpt: excerpt(text, location) };
  const hidden = text.slice(0, row.start) + stars(text.slice(row.start, row.end)) + text.slice(row.end);
  return { location, excerpt: excerpt(hidden, location) };
}

/** A row of COPY, as the server repeats it. */
const ROW_OF_DATA = /(?<=Failing row contains \()[^\n]+(?=\))|(?<=\bline \d+: ").+(?=")/gs;

/** Of a statement, and of its data where one of its columns is a secret: which part of the row it is, is not looked for. */
function secretsOf(script: Script, statement: Statement, cause: unknown): string[] {
  const sql = statementText(script, statement);
  const secrets = secretsIn(sql);
  if (!statement.data || !mayHoldSecret(script, statement) || !isPostgresError(cause)) return secrets;
  return [...secrets, ...[cause.detail, cause.where].flatMap((text) => text?.match(ROW_OF_DATA) ?? [])];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

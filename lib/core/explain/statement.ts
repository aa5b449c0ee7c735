import { RegistryJobsError } from '../errors.ts';
import { isPostgresError } from '../postgres-error.ts';
import { excerpt, locate, offsetOfCodePoint } from '../sql/position.ts';
import { type Script, type Statement, statementText } from '../sql/statement.ts';
import { knownHint, serverDetails } from './hints.ts';
import { isSessionEnd } from './sqlstates.ts';

/**
 * Turns the server's error for a statement into ours: file, line, column and a caret. Pure.
 *
 * Without a position of its own, as for an error inside a function or one that comes with COMMIT, the error
 * points at the statement's beginning.
 *
 * @param user who ran it, as it is written in SQL
 */
export function explainStatementError(
  error: unknown,
  script: Script,
  statement: Statement,
  user: string,
): RegistryJobsError {
  const position = isPostgresError(error) ? Number(error.position ?? 1) : 1;
  const offset = statement.start + offsetOfCodePoint(statementText(script, statement), position - 1);
  const location = locate(script.file, script.text, offset);
  const place = { location, excerpt: excerpt(script.text, location), cause: error };
  const { transaction } = script.directives;
  if (!isPostgresError(error)) {
    return new RegistryJobsError('connection-lost', `The connection was lost: ${messageOf(error)}`, {
      ...place,
      hint: `Find out what ended the session, then ${transaction ? 'run again.' : 'go on with: registry-jobs resume'}`,
    });
  }
  const details = serverDetails(error, { user });
  // In a file without a transaction something may be done: it goes on after that, once what stood in the way is mended.
  // To run again is what resume does.
  const known = knownHint(error, user)?.replace(/, then run again\.$/, '.');
  const resume = `${known ? `${known} Then` : 'Correct the statement, then'} go on with: registry-jobs resume`;
  const code = isSessionEnd(error.code) ? 'connection-lost' : 'statement-failed';
  return new RegistryJobsError(code, error.message, {
    ...place,
    ...details,
    ...(!transaction && { hint: resume }),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

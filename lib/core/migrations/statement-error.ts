import { type ErrorDetails, RegistryJobsError } from '../errors.ts';
import { isPostgresError, type PostgresError, serverDetail } from '../postgres-error.ts';
import { excerpt, locate, offsetOfCodePoint } from '../sql/position.ts';
import { type Script, type Statement, statementText } from '../sql/statement.ts';

/** What to do about errors whose message alone does not say it, by SQLSTATE. */
const HINTS: Readonly<Record<string, string>> = {
  '25006': 'A migration may only write inside its own transaction; look for what ended it.',
  '2D000':
    'It ends the transaction that the file runs in. Put it into a file of its own that begins with: -- registry-jobs: transaction off',
  '55P03':
    'Another transaction kept the lock. Run again when it has ended, or raise REGISTRY_JOBS_LOCK_TIMEOUT.',
  '55P04':
    'A new enum value can be used only after the transaction that added it. Put its use into the next file.',
  '57014':
    'Its statement timeout or the time for this run was used up, or somebody cancelled it. Run it where more time is allowed.',
};

/**
 * Turns the server's error for a statement into ours: file, line, column and a caret. Pure.
 *
 * Without a position of its own, as for an error inside a function or one that comes with COMMIT, the error
 * points at the statement's beginning.
 */
export function explainStatementError(
  error: unknown,
  script: Script,
  statement: Statement,
): RegistryJobsError {
  const position = isPostgresError(error) ? Number(error.position ?? 1) : 1;
  const offset = statement.start + offsetOfCodePoint(statementText(script, statement), position - 1);
  const location = locate(script.file, script.text, offset);
  const place = { location, excerpt: excerpt(script.text, location), cause: error };
  if (!isPostgresError(error)) {
    return new RegistryJobsError('connection-lost', `The connection was lost: ${messageOf(error)}`, {
      ...place,
      hint: 'Find out what ended the session, then run again.',
    });
  }
  const { transaction } = script.directives;
  const mend = { hint: 'Correct the statement, then go on with: registry-jobs resume' };
  return new RegistryJobsError('statement-failed', error.message, {
    ...place,
    ...serverDetails(error),
    ...(!transaction && mend),
  });
}

/**
 * What the server said beside its message, and what to do about it.
 *
 * @param user who lacked a privilege, if that is the error
 */
export function serverDetails(
  error: PostgresError,
  user = 'the migrating user',
  otherwise = 'Correct the file and run again: nothing of it was kept.',
): ErrorDetails {
  const detail = serverDetail(error);
  return {
    sqlstate: error.code,
    ...(detail && { detail }),
    hint: error.code === '42501' ? privilegeHint(error.message, user) : (HINTS[error.code] ?? otherwise),
  };
}

/** Says which grant is missing, as far as the message (in English) tells. */
function privilegeHint(message: string, user: string): string {
  const [, kind, name] = /^permission denied for (schema|database|table|sequence) (.+)$/.exec(message) ?? [];
  if (kind && name) return `Let its owner say: ${GRANTS[kind]} ${name} TO ${user}`;
  if (/^must be owner of/.test(message))
    return 'Only its owner may do this: migrate as the owner, or as a member of that role.';
  return `Grant the missing privilege to ${user}.`;
}

/** Since Postgres 15 nobody may create anything in schema public without the first. */
const GRANTS: Readonly<Record<string, string>> = {
  schema: 'GRANT USAGE, CREATE ON SCHEMA',
  database: 'GRANT CREATE ON DATABASE',
  table: 'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE',
  sequence: 'GRANT USAGE, SELECT ON SEQUENCE',
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

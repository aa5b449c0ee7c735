import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError, type PostgresError } from '../../errors/postgres-error.ts';
import type { Expectation } from '../../migrations/script/expectation.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script, Statement } from '../../migrations/script/statement.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { maskStrings } from '../../secrets/mask-expectation.ts';
import { namesSecret } from '../../secrets/mask-secrets.ts';
import { type LedgerName, showLedgerName } from '../../settings/ledger-name.ts';
import { serverDetails } from '../explain/hints.ts';
import { LOCK_LOST, LOCK_NOT_AVAILABLE, UNEXPECTED } from '../explain/sqlstates.ts';
import { explainStatementError } from '../explain/statement.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { RunContext } from './context.ts';
import type { FlightStep } from './flight-types.ts';

const BEGINNING: Statement = { start: 0, end: 0, line: 1, kind: 'File' };

/** What failed around the statements of a file. */
const FAILED = {
  preparing: 'preparing-failed',
  recording: 'recording-failed',
  committing: 'committing-failed',
} as const;

/** Says what a failed step of a flight means, and where in the file it belongs. Pure. */
export function explainFailure(
  task: Task,
  step: FlightStep | undefined,
  cause: unknown,
  { settings, ledger }: Pick<RunContext, 'settings' | 'ledger'>,
  blockers?: string,
): RegistryJobsError {
  const { user: name, password } = settings.database;
  // What must not be shown, wherever the file has it.
  const secrets = [password];
  const script = scriptOf(task);
  const user = quoteIdentifier(name);
  const explained = (error: unknown) =>
    explainStatementError(error, script, step?.statement ?? BEGINNING, { user, secrets });
  if (!isPostgresError(cause)) return explained(cause);
  if (step?.statement) return explained(withBlockers(cause, blockers));
  if (cause.code === UNEXPECTED && step?.expectation)
    return explainExpectation(script, step.expectation, cause, secrets);
  const work = { user, ...(step && { sql: step.sql }), transaction: script.directives.transaction };
  const details = {
    ...serverDetails(cause, work),
    location: { file: script.file, line: 1, column: 1 },
    cause,
  };
  if (cause.code === LOCK_LOST) {
    const remove = 'Remove the call that releases advisory locks from the file, then run again.';
    // DISCARD ALL does that as well, and is done.
    const goOn = `If it was DISCARD ALL, nothing is to be mended; a call that releases advisory locks has to be removed. Then go on with: registry-jobs resume`;
    return new RegistryJobsError('lock-lost', `${script.file} released the migration lock.`, {
      ...details,
      hint: script.directives.transaction ? remove : goOn,
    });
  }
  if (step?.part === 'announce') {
    return new RegistryJobsError('journal-failed', `The journal cannot be written: ${cause.message}`, {
      ...serverDetails(cause, {
        ...work,
        otherwise: `Nothing of ${script.file} was run. Mend the journal, then run again.`,
      }),
      cause,
    });
  }
  const own = step?.part === 'record' ? makesLedger(script, ledger) : undefined;
  if (own) return ledgerInFile(script, own, ledger, cause);
  const doing = step?.part === 'commit' ? 'committing' : step?.part === 'record' ? 'recording' : 'preparing';
  return new RegistryJobsError(FAILED[doing], `While ${doing} ${script.file}: ${cause.message}`, details);
}

/** The statement by which a file makes a table of the ledger's name: a dump of another tool's database has one. */
function makesLedger({ statements }: Script, { schema, table }: LedgerName): Statement | undefined {
  const names = [`table ${table}`, `table ${schema}.${table}`];
  return statements.find(({ objects = [] }) =>
    objects.some(({ object, change }) => change === 'creates' && names.includes(object)),
  );
}

function ledgerInFile(script: Script, { start }: Statement, ledger: LedgerName, cause: PostgresError) {
  const location = locate(script.file, script.text, start);
  const table = showLedgerName(ledger);
  return new RegistryJobsError(
    'ledger-in-file',
    `The file makes a table ${table} in the shape of another tool, and that is where registry-jobs records what is applied.`,
    {
      location,
      excerpt: excerpt(script.text, location),
      detail: `${cause.message}; nothing of the file was kept.`,
      hint: `Leave this table out of the file, or give the ledger another name: registry-jobs up --ledger ${ledger.schema}.registry_jobs_migrations`,
      cause,
    },
  );
}

function explainExpectation(
  script: Script,
  { sql, start, rows }: Expectation,
  cause: PostgresError,
  secrets: readonly (string | undefined)[],
) {
  const location = locate(script.file, script.text, start);
  // What is found in a column of secrets is one. A count is none.
  const isSecret = namesSecret(sql);
  const shown = (json: string) => (isSecret ? maskStrings(json) : json);
  const message = `The query should give ${shown(rows)}, but ${shown(cause.message)}.`;
  return new RegistryJobsError('expectation-failed', message, {
    location,
    excerpt: excerpt(script.text, location, secrets),
    hint: 'Correct the migration, or what it expects; nothing of it was kept.',
    ...(!isSecret && { cause }),
  });
}

function withBlockers(error: PostgresError, blockers: string | undefined): PostgresError {
  if (!blockers || error.code !== LOCK_NOT_AVAILABLE) return error;
  const detail = [error.detail, `In the way was ${blockers}`].filter(Boolean).join('\n');
  return Object.assign(Object.create(error) as PostgresError, { detail });
}

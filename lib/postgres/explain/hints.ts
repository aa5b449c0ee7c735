import type { ErrorDetails } from '../../errors/error.ts';
import { type PostgresError, serverDetail } from '../../errors/postgres-error.ts';
import { quoteIdentifier, quoteName } from '../identifiers.ts';
import {
  ACTIVE_SQL_TRANSACTION,
  INSUFFICIENT_PRIVILEGE,
  INVALID_TRANSACTION_TERMINATION,
  isSessionEnd,
  LOCK_NOT_AVAILABLE,
  QUERY_CANCELED,
  SERIALIZATION_FAILURE,
  TRANSACTION_TIMEOUT,
  UNDEFINED_SCHEMA,
} from './sqlstates.ts';

const OFF = 'Put it into a file of its own that begins with: -- registry-jobs: transaction off';

/** What to do about errors whose message alone does not say it, by SQLSTATE. */
const HINTS: Readonly<Record<string, string>> = {
  '25006': 'A migration may only write inside its own transaction; look for what ended it.',
  [TRANSACTION_TIMEOUT]:
    'It took longer than the transaction_timeout that the file sets. Set a longer one there, or split the file.',
  [UNDEFINED_SCHEMA]:
    'Create the schema before, or correct the search_path: that of the file, or else of the user and the database.',
  [LOCK_NOT_AVAILABLE]:
    'Another transaction kept the lock. Run again when it has ended, or raise REGISTRY_JOBS_LOCK_TIMEOUT.',
  [SERIALIZATION_FAILURE]:
    'Another transaction changed what this one had read, and it was tried again as often as there was time. Nothing is wrong with the file: wait until less is written to its tables, then run again.',
  '55P04':
    'A new enum value can be used only after the transaction that added it. Put its use into the next file.',
  [QUERY_CANCELED]:
    'Its statement timeout or the time for this run was used up, or somebody cancelled it. Run it where more time is allowed, or let the server end it by itself: registry-jobs up --detach',
};

/** What ended a session is not in the file. */
export const SESSION_ENDED =
  'Somebody ended the session, or the server was stopped. Find out why, then run again.';

/** What was run, and by whom, as far as it decides what to do. */
export interface FailedWork {
  /** Who ran it, as it is written in SQL, so that a GRANT can be pasted. */
  readonly user: string;
  /** What it was about, as it is written in SQL: the server names a table without its schema. */
  readonly sql?: string;
  /** Whether it ran in the transaction of its file. @default true */
  readonly transaction?: boolean;
}

/** What the server said beside its message, and what to do about it, or `otherwise` where nothing better is known. Pure. */
export function serverDetails(
  error: PostgresError,
  {
    otherwise = 'Correct the file and run again: nothing of it was kept.',
    ...work
  }: FailedWork & { readonly otherwise?: string },
): ErrorDetails {
  const detail = serverDetail(error);
  return { sqlstate: error.code, ...(detail && { detail }), hint: knownHint(error, work) ?? otherwise };
}

/** Nothing where the message says all that is known. */
export function knownHint(error: PostgresError, work: FailedWork): string | undefined {
  const { code, message } = error;
  if (code === INSUFFICIENT_PRIVILEGE) return privilegeHint(error, work);
  if (code === ACTIVE_SQL_TRANSACTION) return outsideHint(error, work);
  if (code === INVALID_TRANSACTION_TERMINATION) return terminationHint(work);
  if (HINTS[code]) return HINTS[code];
  if (isSessionEnd(code)) return SESSION_ENDED;
  const [, setting] = /^unrecognized configuration parameter "(.+)"$/.exec(message) ?? [];
  if (setting) {
    return `This server does not know the setting ${setting}; a dump of a newer Postgres may begin with it. Remove the line.`;
  }
  return undefined;
}

/** What cannot run inside a transaction: in the file's own, or in the one that every function (says the English context) runs in. */
function outsideHint({ where = '' }: PostgresError, { transaction = true }: FailedWork): string {
  const inFunction = 'No function, procedure or DO block can run it. Write it as a statement of its own.';
  if (/\bfunction\b/.test(where)) return transaction ? `${inFunction} ${OFF}` : inFunction;
  if (transaction) return `It cannot run inside a transaction, and each migration runs in one. ${OFF}`;
  return 'It cannot run inside a transaction, and something in this statement begins one. Write it as a statement of its own.';
}

function terminationHint({ transaction = true }: FailedWork): string {
  if (transaction) return `It ends the transaction that the file runs in. ${OFF}`;
  return 'Only what CALL or DO runs may end a transaction: no function, and no block that has an EXCEPTION part.';
}
/** Says which grant is missing, as far as the message (in English) tells. */
function privilegeHint(
  { message, schema, table: denied }: PostgresError,
  { user, sql = '' }: FailedWork,
): string {
  const [, kind, name] = /^permission denied for (schema|database|table|sequence) (.+)$/.exec(message) ?? [];
  if (kind && name) {
    const isGiven = schema !== undefined && denied === name;
    const hasSchema = kind === 'table' || kind === 'sequence';
    const full = isGiven ? `${quoteName(schema)}.${quoteName(name)}` : hasSchema && qualifiedIn(sql, name);
    return `Let its owner say: ${GRANTS[kind]} ${full || quoteName(name)} TO ${user}`;
  }
  if (/^must be owner of/.test(message))
    return 'Only its owner may do this: migrate as the owner, or as a member of that role.';
  const [, table] = /would be affected by row-level security policy for table "(.+)"$/.exec(message) ?? [];
  if (table)
    return `A policy hides rows of ${table} from ${user}. Let a superuser say: ALTER ROLE ${user} BYPASSRLS`;
  return `Grant the missing privilege to ${user}.`;
}

/** Since Postgres 15 nobody may create anything in schema public without the first. */
const GRANTS: Readonly<Record<string, string>> = {
  schema: 'GRANT USAGE, CREATE ON SCHEMA',
  database: 'GRANT CREATE ON DATABASE',
  table: 'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE',
  sequence: 'GRANT USAGE, SELECT ON SEQUENCE',
};

/** A name with its schema as a statement has it; nothing where it has it without, or with more than one. */
function qualifiedIn(sql: string, name: string): string | undefined {
  const either = [name, quoteIdentifier(name)].map((one) => one.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(
    `(?<![\\w$".])(?:"(?:[^"]|"")+"|[\\w$]+)\\.(?:${either.join('|')})(?![\\w$".])`,
    'gi',
  );
  const found = new Set(sql.match(pattern));
  return found.size === 1 ? [...found][0] : undefined;
}

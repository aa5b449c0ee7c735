import type { RegistryJobsError } from '../errors.ts';

/** Makes the error for a statement; the caller knows the place. */
export type Refuse = (code: string, message: string, hint: string) => RegistryJobsError;

/** Transaction statements that work inside a managed transaction. The others end it behind our back. */
const SAVEPOINTS = new Set(['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO']);

/** What Postgres refuses inside a transaction block, by node name and a test on the node. */
const NOT_IN_TRANSACTION: Record<string, (node: Fields) => string | undefined> = {
  IndexStmt: (node) => (node.concurrent ? 'CREATE INDEX CONCURRENTLY' : undefined),
  DropStmt: (node) => (node.concurrent ? 'DROP INDEX CONCURRENTLY' : undefined),
  ReindexStmt: (node) => (isConcurrentReindex(node) ? 'REINDEX CONCURRENTLY' : undefined),
  VacuumStmt: (node) => (node.is_vacuumcmd ? 'VACUUM' : undefined),
  AlterSystemStmt: () => 'ALTER SYSTEM',
  CreatedbStmt: () => 'CREATE DATABASE',
  DropdbStmt: () => 'DROP DATABASE',
  CreateTableSpaceStmt: () => 'CREATE TABLESPACE',
  DropTableSpaceStmt: () => 'DROP TABLESPACE',
  CreateSubscriptionStmt: () => 'CREATE SUBSCRIPTION',
};

type Fields = Readonly<Record<string, unknown>>;

/** Throws what `refuse` makes, if a migration in a managed transaction must not hold this statement. */
export function checkStatement(kind: string, node: unknown, refuse: Refuse): void {
  const fields = (node ?? {}) as Fields;
  if (kind === 'TransactionStmt' && !SAVEPOINTS.has(String(fields.kind))) {
    throw refuse(
      'transaction-control',
      `${transactionVerb(String(fields.kind))} is not allowed: each migration already runs in one transaction.`,
      'Remove the statement; the file is committed as a whole, or not at all.',
    );
  }
  const forbidden = NOT_IN_TRANSACTION[kind]?.(fields);
  if (forbidden) {
    throw refuse(
      'needs-no-transaction',
      `${forbidden} cannot run inside a transaction, and each migration runs in one.`,
      'Use the form that works in a transaction, or run this statement by hand.',
    );
  }
  if (kind === 'CopyStmt' && fields.is_from && !fields.filename && !fields.is_program) {
    throw refuse(
      'copy-from-stdin',
      'COPY ... FROM stdin with inline data is not supported yet.',
      'Write the rows as INSERT statements (pg_dump --inserts).',
    );
  }
}

function isConcurrentReindex(node: Fields): boolean {
  const parameters = (node.params ?? []) as { DefElem?: { defname?: string } }[];
  return parameters.some((parameter) => parameter.DefElem?.defname === 'concurrently');
}

function transactionVerb(kind: string): string {
  return kind.replace('TRANS_STMT_', '').replaceAll('_', ' ');
}

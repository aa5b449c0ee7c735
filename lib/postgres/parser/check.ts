import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import type { Directives } from '../../migrations/script/directives.ts';
import { notInTransaction, withoutSlot } from './not-in-transaction.ts';

/** Makes the error for a statement; the caller knows the place. */
export type Refuse = (code: ErrorCode, message: string, hint: string) => RegistryJobsError;

/** Transaction statements that work inside a managed transaction. The others end it behind our back. */
const SAVEPOINTS = new Set(['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO']);

/** What to do about forms that would do harm without a transaction as well. */
const INSTEAD: Readonly<Record<string, string>> = {
  'DISCARD ALL':
    'Write what is needed of it, such as RESET ALL. With -- registry-jobs: transaction off it would release the migration lock, and the run would stop.',
};

type Fields = Readonly<Record<string, unknown>>;

/** A statement as the parser sees it. */
export interface CheckedStatement {
  readonly kind: string;
  readonly node: unknown;
  /** Whether data follows it, as psql wants it after `COPY ... FROM stdin`. */
  readonly hasData: boolean;
  /** Subscriptions that statements before it have left without a slot; those that this one does are added. */
  readonly slotless: Set<string>;
  readonly directives: Directives;
}

/** Throws what `refuse` makes, if the file must not hold this statement. */
export function checkStatement(
  { kind, node, hasData, slotless, directives }: CheckedStatement,
  refuse: Refuse,
): void {
  const fields = (node ?? {}) as Fields;
  if (kind === 'TransactionStmt' && isForbiddenControl(String(fields.kind), directives)) {
    const verb = String(fields.kind).replace('TRANS_STMT_', '').replaceAll('_', ' ');
    throw directives.transaction
      ? refuse(
          'transaction-control',
          `${verb} is not allowed: each migration already runs in one transaction.`,
          'Remove the statement; the file is committed as a whole, or not at all. To run without a transaction, begin the file with: -- registry-jobs: transaction off',
        )
      : refuse(
          'transaction-control',
          `${verb} is not allowed: each statement of this file is a transaction of its own.`,
          'Remove the statement, or the directive "transaction off".',
        );
  }
  const forbidden = notInTransaction(kind, node);
  if (forbidden && directives.transaction && !slotless.has(String(fields.subname))) {
    throw refuse(
      'needs-no-transaction',
      `${forbidden} cannot run inside a transaction, and each migration runs in one.`,
      INSTEAD[forbidden] ??
        'Put it into a file of its own that begins with: -- registry-jobs: transaction off',
    );
  }
  const subscription = withoutSlot(kind, node);
  if (subscription !== undefined) slotless.add(subscription);
  if (kind === 'IndexStmt' && fields.concurrent && !fields.idxname) {
    throw refuse(
      'index-without-name',
      'CREATE INDEX CONCURRENTLY without a name cannot be tried again.',
      'Name the index: should the build fail, what it leaves is found by its name and dropped.',
    );
  }
  if (kind === 'CopyStmt' && fields.is_from && !fields.filename && !fields.is_program && !hasData) {
    throw refuse(
      'copy-without-data',
      'COPY ... FROM stdin has no data after it.',
      'Begin the data on the next line, and end it with a line that holds only \\.',
    );
  }
}

/** Outside a transaction a savepoint is as wrong as a COMMIT inside one. */
function isForbiddenControl(kind: string, { transaction }: Directives): boolean {
  return !transaction || !SAVEPOINTS.has(kind);
}

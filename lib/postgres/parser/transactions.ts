import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import type { Directives } from '../../migrations/script/directives.ts';
import { showModes, type TransactionModes } from '../../migrations/script/modes.ts';
import { count } from '../../text/format.ts';
import { notInTransaction, withoutSlot } from './not-in-transaction.ts';
import { setsSession } from './session-state.ts';
import { watchModes } from './transaction-modes.ts';

type Fields = Readonly<Record<string, unknown>>;
type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

/** Transaction statements that work inside a managed transaction. The others end it behind our back. */
const SAVEPOINTS = new Set(['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO']);
const BEGINS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START']);
const ENDS = new Set(['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK']);

/** What to do about forms that would do harm without a transaction as well. */
const INSTEAD: Readonly<Record<string, string>> = {
  'DISCARD ALL':
    'Write what is needed of it, such as RESET ALL. With -- registry-jobs: transaction off it would release the migration lock, and the run would stop.',
};

/** What is true of a file's transaction when all of its statements are read. */
export interface TransactionUse {
  /** In the order of the text: what keeps the file from running. */
  readonly problems: readonly RegistryJobsError[];
  /** Whether it runs in a transaction, after all: where nothing in it could, it need not say so. */
  readonly transaction: boolean;
  readonly modes?: TransactionModes | undefined;
  readonly notes: readonly { readonly start: number; readonly message: string }[];
}

/** Follows the statements of a file in their order, as far as they are about transactions. */
export interface TransactionWatch {
  /** True for a BEGIN or COMMIT that is the migration's own, and for what only sets its modes: it is left out. */
  isOurs(start: number, kind: string, node: unknown): boolean;
  end(): TransactionUse;
}

/**
 * Decides what a file's own words about transactions mean. A BEGIN and its COMMIT mean the transaction that each
 * migration runs in anyway, and a file that only holds what cannot run in one, as psql and other tools run it, needs none.
 */
export function watchTransactions({ transaction }: Directives, refuse: Refuse): TransactionWatch {
  const problems: RegistryJobsError[] = [];
  const outside: RegistryJobsError[] = [];
  const slotless = new Set<string>();
  let others = 0;
  let first: { readonly start: number; readonly form: string } | undefined;
  let opened: number | undefined;
  let begun: number | undefined;
  let blocks = 0;
  const watched = watchModes();

  const isOurs = (start: number, kind: string, node: unknown): boolean => {
    const fields = (node ?? {}) as Fields;
    if (kind === 'TransactionStmt') {
      const verb = String(fields.kind);
      if (SAVEPOINTS.has(verb) && transaction) {
        others++;
        watched.keep(kind, node);
        return false;
      }
      const opens = BEGINS.has(verb) && opened === undefined;
      const closes = ENDS.has(verb) && opened !== undefined;
      const isPlain = verb !== 'TRANS_STMT_ROLLBACK' && !fields.chain;
      const isFine = transaction && isPlain && (opens || closes);
      if (!isFine) problems.push(control(start, verb, fields));
      // Even a wrong one begins or ends: what follows from it is no problem of its own.
      if (opens) {
        opened = start;
        begun ??= start;
        watched.begin(fields.options);
      }
      if (closes) {
        watched.end();
        opened = undefined;
        blocks++;
      }
      return true;
    }
    if (transaction && watched.sets(kind, node)) {
      others++;
      return true;
    }
    watched.keep(kind, node);
    const form = notInTransaction(kind, node);
    if (form && !slotless.has(String(fields.subname))) {
      first ??= { start, form };
      outside.push(
        refuse(
          start,
          'needs-no-transaction',
          `${form} cannot run inside a transaction, and each migration runs in one.`,
          INSTEAD[form] ??
            'Put it into a file of its own that begins with: -- registry-jobs: transaction off',
        ),
      );
      if (INSTEAD[form]) others++;
    } else if (!setsSession(kind, node)) others++;
    const subscription = withoutSlot(kind, node);
    if (subscription !== undefined) slotless.add(subscription);
    return false;
  };

  const control = (start: number, verb: string, { chain }: Fields): RegistryJobsError => {
    const words = verb.replace('TRANS_STMT_', '').replaceAll('_', ' ');
    if (!transaction) {
      return refuse(
        start,
        'transaction-control',
        `${words} is not allowed: each statement of this file is a transaction of its own.`,
        'Remove the statement, or the directive "transaction off".',
      );
    }
    const why = chain
      ? `${words} AND CHAIN is not allowed: each migration runs in one transaction.`
      : `${words} is not allowed: each migration already runs in one transaction.`;
    return refuse(
      start,
      'transaction-control',
      why,
      'Remove the statement; the file is committed as a whole, or not at all. To run without a transaction, begin the file with: -- registry-jobs: transaction off',
    );
  };

  const end = (): TransactionUse => {
    if (transaction && opened !== undefined) {
      problems.push(
        refuse(
          opened,
          'transaction-control',
          'BEGIN has no COMMIT in this file.',
          'Remove it: each migration already runs in one transaction.',
        ),
      );
    }
    if (!transaction) return { problems, transaction, notes: [] };
    // Nothing of it could run in a transaction: there is one way to mean it.
    if (first && others === 0 && begun === undefined) {
      const message = `${first.form} cannot run inside a transaction: the file runs without one. It could say so: -- registry-jobs: transaction off`;
      return { problems, transaction: false, notes: [{ start: first.start, message }] };
    }
    const inOrder = [...problems, ...outside];
    watched.end();
    const modes = watched.modes();
    if (begun === undefined) return { problems: inOrder, transaction, modes, notes: [] };
    const shown = showModes(modes);
    const message =
      blocks > 1
        ? `The file's ${count(blocks, 'transaction')} are one here, the migration's own: it is applied as a whole, or not at all. Each BEGIN and COMMIT is left out.`
        : "BEGIN and COMMIT are left out: the migration's own transaction takes their place.";
    const note = shown ? `${message} It is ${shown}.` : message;
    return { problems: inOrder, transaction, modes, notes: [{ start: begun, message: note }] };
  };

  return { isOurs, end };
}

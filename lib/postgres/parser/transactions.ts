import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import type { Directives } from '../../migrations/script/directives.ts';
import { count } from '../../text/format.ts';
import { notInTransaction, withoutSlot } from './not-in-transaction.ts';
import { optionOf } from './options.ts';
import { setsSession } from './session-state.ts';

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
  readonly notes: readonly { readonly start: number; readonly message: string }[];
}

/** Follows the statements of a file in their order, as far as they are about transactions. */
export interface TransactionWatch {
  /** True for a BEGIN or COMMIT that is the migration's own: it is left out. */
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

  const isOurs = (start: number, kind: string, node: unknown): boolean => {
    const fields = (node ?? {}) as Fields;
    if (kind === 'TransactionStmt') {
      const verb = String(fields.kind);
      if (SAVEPOINTS.has(verb) && transaction) {
        others++;
        return false;
      }
      const opens = BEGINS.has(verb) && opened === undefined;
      const closes = ENDS.has(verb) && opened !== undefined;
      const isPlain = verb !== 'TRANS_STMT_ROLLBACK' && !asksForMore(fields.options) && !fields.chain;
      const isFine = transaction && isPlain && (opens || closes);
      if (!isFine) problems.push(control(start, verb, fields));
      // Even a wrong one begins or ends: what follows from it is no problem of its own.
      if (opens) {
        opened = start;
        begun ??= start;
      }
      if (closes) {
        opened = undefined;
        blocks++;
      }
      return true;
    }
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

  const control = (start: number, verb: string, { options, chain }: Fields): RegistryJobsError => {
    const words = verb.replace('TRANS_STMT_', '').replaceAll('_', ' ');
    if (!transaction) {
      return refuse(
        start,
        'transaction-control',
        `${words} is not allowed: each statement of this file is a transaction of its own.`,
        'Remove the statement, or the directive "transaction off".',
      );
    }
    const why =
      BEGINS.has(verb) && asksForMore(options)
        ? `${words} with a mode is not allowed: the transaction of the migration has begun before it.`
        : chain
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
    if (begun === undefined) return { problems: inOrder, transaction, notes: [] };
    const message =
      blocks > 1
        ? `The file's ${count(blocks, 'transaction')} are one here, the migration's own: it is applied as a whole, or not at all. Each BEGIN and COMMIT is left out.`
        : "BEGIN and COMMIT are left out: the migration's own transaction takes their place.";
    return { problems: inOrder, transaction, notes: [{ start: begun, message }] };
  };

  return { isOurs, end };
}

/** Whether modes of a BEGIN mean another transaction than the migration's own, which reads what is committed and may write. */
function asksForMore(options: unknown): boolean {
  const isolation = textOf(options, 'transaction_isolation') ?? READ_COMMITTED;
  const readOnly = optionOf(options, 'transaction_read_only')?.arg as Constant | undefined;
  return isolation !== READ_COMMITTED || Boolean(readOnly?.A_Const?.ival?.ival);
}

const READ_COMMITTED = 'read committed';

interface Constant {
  readonly A_Const?: {
    readonly sval?: { readonly sval?: string };
    readonly ival?: { readonly ival?: number };
  };
}

function textOf(options: unknown, name: string): string | undefined {
  return (optionOf(options, name)?.arg as Constant | undefined)?.A_Const?.sval?.sval;
}

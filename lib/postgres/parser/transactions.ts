import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import type { Directives } from '../../migrations/script/directives.ts';
import type { TransactionModes } from '../../migrations/script/modes.ts';
import { count } from '../../text/format.ts';
import { watchGroups } from './groups.ts';
import { endsItsTransaction, notInTransaction, withoutSlot } from './not-in-transaction.ts';
import { setsSession } from './session-state.ts';
import { watchModes } from './transaction-modes.ts';
import { DISCARDED, INSTEAD, leftOut, notAllowed, OWN_FILE } from './transaction-words.ts';

type Fields = Readonly<Record<string, unknown>>;
type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

/** Transaction statements that work inside a managed transaction. The others end it behind our back. */
const SAVEPOINTS = new Set(['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO']);
const BEGINS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START']);
const ENDS = new Set(['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK']);

/** What is true of a file's transaction when all of its statements are read. */
export interface TransactionUse {
  /** In the order of the text: what keeps the file from running. */
  readonly problems: readonly RegistryJobsError[];
  /** Whether it runs in a transaction, after all: where nothing in it could, it need not say so. */
  readonly transaction: boolean;
  readonly modes?: TransactionModes | undefined;
  /**
   * Of each statement that is to run, in their order, the group that it belongs to, where statements are all or nothing together in a file
   * that runs without a transaction.
   */
  readonly groups?: readonly (number | undefined)[] | undefined;
  readonly notes: readonly { readonly start: number; readonly message: string }[];
}

/** Follows the statements of a file in their order, as far as they are about transactions. */
export interface TransactionWatch {
  /** True for a BEGIN or COMMIT that is the migration's own or a group's, and for what only sets its modes: it is left out. */
  isOurs(start: number, kind: string, node: unknown): boolean;
  end(): TransactionUse;
}

/**
 * Decides what a file's own words about transactions mean. A BEGIN and its COMMIT mean the transaction that each
 * migration runs in anyway, and a file that only holds what cannot run in one, as psql and other tools run it, needs none.
 *
 * @param isPair whether it is a half of a pair, as golang-migrate has them, which sends the whole file as one message: a COMMIT that ends
 * nothing is no error there
 */
export function watchTransactions(
  { transaction }: Directives,
  refuse: Refuse,
  isPair = false,
): TransactionWatch {
  const problems: RegistryJobsError[] = [];
  const outside: RegistryJobsError[] = [];
  const slotless = new Set<string>();
  let others = 0;
  let first: { readonly start: number; readonly form: string } | undefined;
  let opened: number | undefined;
  let begun: number | undefined;
  let blocks = 0;
  let stray: number | undefined;
  const discards: { readonly start: number; readonly kept: number; readonly problem: RegistryJobsError }[] =
    [];
  const watched = watchModes();
  const groups = watchGroups();
  const keep = (kind: string, node: unknown) => {
    watched.keep(kind, node);
    groups.keep(kind, node);
  };

  const isOurs = (start: number, kind: string, node: unknown): boolean => {
    const fields = (node ?? {}) as Fields;
    if (kind === 'TransactionStmt') {
      const verb = String(fields.kind);
      if (SAVEPOINTS.has(verb) && (transaction || opened !== undefined)) {
        if (opened === undefined) others++;
        keep(kind, node);
        return false;
      }
      const opens = BEGINS.has(verb) && opened === undefined;
      const closes = ENDS.has(verb) && opened !== undefined;
      const goesOn = fields.chain === true;
      const isStray = transaction && isPair && !goesOn && (BEGINS.has(verb) || ENDS.has(verb));
      const isPlain = verb !== 'TRANS_STMT_ROLLBACK' && (!goesOn || (transaction && isPair));
      const isFine = isPlain && (opens || closes || isStray) && (transaction || !fields.options);
      if (!isFine) problems.push(refuse(start, ...notAllowed(verb, fields, transaction)));
      else if (!opens && !closes) stray ??= start;
      // Even a wrong one begins or ends: what follows from it is no problem of its own.
      if (opens) {
        opened = start;
        begun ??= start;
        watched.begin(fields.options);
        groups.begin();
      }
      if (closes) {
        watched.end();
        opened = goesOn && isFine ? start : undefined;
        blocks++;
      }
      if (ENDS.has(verb)) groups.commit(opened !== undefined);
      return true;
    }
    if (transaction && watched.sets(kind, node)) {
      others++;
      return true;
    }
    const form = notInTransaction(kind, node);
    if (form && !slotless.has(String(fields.subname))) {
      const problem = refuse(
        start,
        'needs-no-transaction',
        `${form} cannot run inside a transaction, and ${opened !== undefined && !transaction ? 'this one begins with BEGIN' : 'each migration runs in one'}.`,
        INSTEAD[form] ?? OWN_FILE,
      );
      if (isPair && transaction && form === 'DISCARD ALL' && opened === undefined) {
        discards.push({ start, kept: groups.kept(), problem });
        return true;
      }
      if (!transaction && opened !== undefined) problems.push(problem);
      first ??= { start, form };
      outside.push(problem);
      if (INSTEAD[form] || opened !== undefined) others++;
    } else if (endsItsTransaction(kind, node) && opened === undefined) {
      // Whether it comes to the COMMIT that it holds, only the server knows: no error, where it stands beside others.
      first ??= { start, form: 'DO with COMMIT or ROLLBACK' };
    } else if (opened === undefined && !setsSession(kind, node)) others++;
    keep(kind, node);
    const subscription = withoutSlot(kind, node);
    if (subscription !== undefined) slotless.add(subscription);
    return false;
  };

  const end = (): TransactionUse => {
    if (opened !== undefined)
      problems.push(
        refuse(
          opened,
          'transaction-control',
          'BEGIN has no COMMIT in this file.',
          transaction
            ? 'Remove it: each migration already runs in one transaction.'
            : 'Write COMMIT after the last statement that is to be all or nothing with it, or remove it.',
        ),
      );
    const isWithout = { transaction: false, groups: groups.ofBlocks() };
    if (!transaction) return { problems, ...isWithout, notes: [] };
    // At the beginning and at the end there is nothing to discard that would not be gone anyway.
    const inTheMiddle = discards.filter(({ kept }) => kept > 0 && kept < groups.kept());
    const notes = discards
      .filter((one) => !inTheMiddle.includes(one))
      .map(({ start }) => ({ start, message: DISCARDED }));
    outside.push(...inTheMiddle.map(({ problem }) => problem));
    watched.end();
    const modes = watched.modes();
    // Nothing of it could run in a transaction: there is one way to mean it.
    if (first && others === 0 && !modes && problems.length === 0 && inTheMiddle.length === 0) {
      const message = `${first.form} cannot run inside a transaction: the file runs without one. It could say so: -- registry-jobs: transaction off`;
      return { problems, ...isWithout, notes: [...notes, { start: first.start, message }] };
    }
    const inOrder = [...problems, ...outside];
    const newValue = isPair && !modes && inOrder.length === 0 && groups.ofNewValue();
    if (newValue) {
      const message = `A new value of an enum can be used only after its transaction, so each of the file's ${count(newValue.size, 'transaction')} is one of its own here too: where one fails, those before it stay.`;
      const at = begun ?? stray ?? 0;
      return {
        problems,
        transaction: false,
        groups: newValue.groups,
        notes: [...notes, { start: at, message }],
      };
    }
    const at = Math.min(begun ?? Infinity, stray ?? Infinity);
    if (at === Infinity) return { problems: inOrder, transaction, modes, notes };
    const note = leftOut({ isStray: stray !== undefined, blocks, modes });
    return { problems: inOrder, transaction, modes, notes: [...notes, { start: at, message: note }] };
  };

  return { isOurs, end };
}

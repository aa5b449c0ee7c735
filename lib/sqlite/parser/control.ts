import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import type { Directives } from '../../migrations/script/directives.ts';
import { count } from '../../text/format.ts';
import type { Kind } from './kind.ts';

export type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

/** What is true of a file's transaction when all of its statements are read. */
export interface TransactionUse {
  readonly problems: readonly RegistryJobsError[];
  /** Whether it runs in a transaction, after all: where nothing in it could, it need not say so. */
  readonly transaction: boolean;
  readonly notes: readonly { readonly start: number; readonly message: string }[];
}

/** Follows the statements of a file in their order, as far as they are about transactions. */
export interface TransactionWatch {
  /** True for a BEGIN or COMMIT that is the migration's own: it is left out. */
  isOurs(start: number, kind: Kind): boolean;
  end(): TransactionUse;
}

const REMOVE =
  'Remove the statement; the file is committed as a whole, or not at all. To run without a transaction, begin the file with: -- registry-jobs: transaction off';
const OFF = 'Put it into a file of its own that begins with: -- registry-jobs: transaction off';

/** What only makes sense together with the rest of its file: the form, why not, what to do. https://www.sqlite.org/lang_attach.html */
const OF_OTHER_FILES: Readonly<Record<string, string>> = {
  ATTACH:
    'ATTACH brings in another file, and of a transaction over several files a crash may keep one half: each migration here is all or nothing.',
  DETACH: 'DETACH fails inside the transaction that has used the file, and each migration runs in one.',
};
const OFF_AS_A_WHOLE =
  'Begin this file with: -- registry-jobs: transaction off. Each of its statements is kept by itself then; resume goes on after one that fails.';

/**
 * Decides what a file's own words about transactions mean, as for Postgres: a BEGIN and its COMMIT mean the transaction that each migration
 * runs in anyway, and a file that only holds what cannot run in one needs none.
 */
export function watchTransactions(
  { transaction, foreignKeys }: Directives,
  refuse: Refuse,
): TransactionWatch {
  const problems: RegistryJobsError[] = [];
  const outside: RegistryJobsError[] = [];
  let first: { readonly start: number; readonly form: string } | undefined;
  let others = 0;
  let opened: number | undefined;
  let begun: number | undefined;
  let blocks = 0;

  const refuseControl = (start: number, { name }: Kind) => {
    const verb = name.toUpperCase();
    problems.push(
      transaction
        ? refuse(
            start,
            'transaction-control',
            `${verb} is not allowed: each migration already runs in one transaction.`,
            REMOVE,
          )
        : refuse(
            start,
            'transaction-control',
            `${verb} is not allowed: each statement of this file is a transaction of its own.`,
            'Remove the statement, or the directive "transaction off".',
          ),
    );
  };

  const isOurs = (start: number, kind: Kind): boolean => {
    const { control, outside: form, sets } = kind;
    if (control === undefined) {
      if (form !== undefined) {
        first ??= { start, form };
        const ofFiles = OF_OTHER_FILES[form];
        const message = ofFiles ?? `${form} cannot run inside a transaction, and each migration runs in one.`;
        outside.push(refuse(start, 'needs-no-transaction', message, ofFiles ? OFF_AS_A_WHOLE : OFF));
      } else others++;
      if (sets === 'foreign_keys' && transaction) problems.push(withoutEffect(start, refuse, foreignKeys));
      return false;
    }
    if (control === 'savepoint' && transaction) {
      others++;
      return false;
    }
    const opens = control === 'begin' && opened === undefined;
    const closes = control === 'commit' && opened !== undefined;
    if (!transaction || !(opens || closes)) refuseControl(start, kind);
    if (opens) {
      opened = start;
      begun ??= start;
    }
    // Even a wrong one ends: what follows from it is no problem of its own.
    if (closes || (control === 'rollback' && opened !== undefined)) {
      opened = undefined;
      blocks++;
    }
    return true;
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
      const why =
        first.form in OF_OTHER_FILES
          ? `${first.form} is for files without a transaction, and this one runs so`
          : `${first.form} cannot run inside a transaction: the file runs without one`;
      const message = `${why}. It could say so: -- registry-jobs: transaction off`;
      return { problems, transaction: false, notes: [{ start: first.start, message }] };
    }
    const found = [...problems, ...outside];
    if (begun === undefined) return { problems: found, transaction, notes: [] };
    const message =
      blocks > 1
        ? `The file's ${count(blocks, 'transaction')} are one here, the migration's own: it is applied as a whole, or not at all. Each BEGIN and COMMIT is left out.`
        : "BEGIN and COMMIT are left out: the migration's own transaction takes their place.";
    return { problems: found, transaction, notes: [{ start: begun, message }] };
  };

  return { isOurs, end };
}

function withoutEffect(
  start: number,
  refuse: Refuse,
  foreignKeys: Directives['foreignKeys'],
): RegistryJobsError {
  return refuse(
    start,
    'pragma-without-effect',
    'PRAGMA foreign_keys does nothing inside a transaction, and each migration runs in one.',
    foreignKeys === 'off'
      ? 'Remove it: the directive at the top of the file does it.'
      : 'Remove it, and begin the file with: -- registry-jobs: foreign-keys off',
  );
}

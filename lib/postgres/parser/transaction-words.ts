import type { ErrorCode } from '../../errors/catalogue.ts';
import { showModes, type TransactionModes } from '../../migrations/script/modes.ts';
import { count } from '../../text/format.ts';

/** What to do about forms that would do harm without a transaction as well. */
export const INSTEAD: Readonly<Record<string, string>> = {
  'DISCARD ALL':
    'Write what is needed of it, such as RESET ALL. With -- registry-jobs: transaction off it would release the migration lock, and the run would stop.',
};

/** What to do about the other forms. */
export const OWN_FILE = 'Put it into a file of its own that begins with: -- registry-jobs: transaction off';

export const DISCARDED = 'DISCARD ALL is left out: each migration has a session that is as new.';

/** Code, message and hint for a statement that begins or ends a transaction where the file must not. Pure. */
export function notAllowed(
  verb: string,
  { chain }: Readonly<Record<string, unknown>>,
  transaction: boolean,
): [ErrorCode, string, string] {
  const words = verb.replace('TRANS_STMT_', '').replaceAll('_', ' ');
  if (!transaction) {
    return [
      'transaction-control',
      `${words} is not allowed: each statement of this file is a transaction of its own.`,
      'Remove the statement, or the directive "transaction off".',
    ];
  }
  const why = chain
    ? `${words} AND CHAIN is not allowed: each migration runs in one transaction.`
    : `${words} is not allowed: each migration already runs in one transaction.`;
  return [
    'transaction-control',
    why,
    'Remove the statement; the file is committed as a whole, or not at all. To run without a transaction, begin the file with: -- registry-jobs: transaction off',
  ];
}

/** What a file is told whose BEGIN and COMMIT are left out. Pure. */
export function leftOut({
  isStray,
  blocks,
  modes,
}: {
  readonly isStray: boolean;
  readonly blocks: number;
  readonly modes: TransactionModes | undefined;
}): string {
  const shown = showModes(modes);
  const instead = "the migration's own transaction takes their place.";
  const whole = 'it is applied as a whole, or not at all.';
  const message = isStray
    ? `Each BEGIN and COMMIT is left out, also one without the other: ${instead} I${whole.slice(1)}`
    : blocks > 1
      ? `The file's ${count(blocks, 'transaction')} are one here, the migration's own: ${whole} Each BEGIN and COMMIT is left out.`
      : `BEGIN and COMMIT are left out: ${instead}`;
  return shown ? `${message} It is ${shown}.` : message;
}

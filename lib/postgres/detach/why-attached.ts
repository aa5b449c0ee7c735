import type { Hindrance } from '../../engine/detached.ts';
import type { AttachedReason, Script } from '../../migrations/script/statement.ts';
import { scriptOf, type Task } from '../../plan/task.ts';

const OWN_FILE = 'Put that statement into a file of its own before the long ones, or after them.';

const REASONS: Readonly<Record<AttachedReason, readonly [reason: string, remedy: string]>> = {
  copy: [
    'a COPY from or to the client, who may be gone',
    'Put the COPY into a file of its own, or let the server read the data: INSERT, or COPY from a file of the server.',
  ],
  'transaction-control': ['a savepoint, which no block can have', OWN_FILE],
  'select-into': [
    'SELECT INTO, which means a variable inside of a block',
    'Write it as CREATE TABLE ... AS SELECT.',
  ],
  'set-transaction': ['a SET TRANSACTION, which no block can have', 'Make it the first statement.'],
  'statement-timeout': [
    'a statement_timeout, which does not hold for the parts of a block',
    'Write it as a directive: -- registry-jobs: statement-timeout 10min',
  ],
  'client-encoding': ['another client_encoding for the text after it', 'Write the file in UTF-8.'],
  'of-the-message': [
    'a function that answers of the message it came in, such as statement_timestamp()',
    'Use clock_timestamp() or now().',
  ],
};

/** Why a task can only be run while somebody waits for it; nothing where the server can run it by itself. Pure. */
export function whyAttached(task: Task): Hindrance | undefined {
  const script = scriptOf(task);
  const { modes = {}, statements } = script;
  if (task.migration.style === 'initial') {
    return {
      reason: 'it is the initial schema, which brings the journal along',
      remedy: 'Load it where there is time for it, then go on.',
    };
  }
  if (modes.readOnly) {
    return {
      reason: 'it asks for a transaction that is READ ONLY',
      remedy: 'Leave READ ONLY out of the file.',
    };
  }
  if (modes.isolation === 'serializable') {
    return {
      reason: 'it asks for SERIALIZABLE, whose COMMIT may be refused when nobody hears it',
      remedy: 'Ask for REPEATABLE READ, or lock its tables.',
    };
  }
  if (modes.isolation && statements.some(({ kind }) => kind === 'LockStmt')) {
    return {
      reason:
        'it asks for REPEATABLE READ and locks a table, and a block would take its snapshot before the lock',
      remedy: 'Leave one of the two out.',
    };
  }
  return script.directives.transaction
    ? hindranceIn(script, 0)
    : (hindranceIn(script, task.from ?? 0) ?? partialIn(script, task.from ?? 0));
}

/** Without a transaction: what may commit a part of its work, or of which the catalog does not tell whether it is done, has to be heard. */
function partialIn({ statements }: Script, from: number): Hindrance | undefined {
  const index = statements.findIndex(({ outside, leaves, group }, at) => {
    if (at < from) return false;
    return group === true || outside === 'partial' || (outside === 'atomic' && !leaves);
  });
  const statement = statements[index];
  return (
    statement && {
      reason: `of statement ${index + 1} (line ${statement.line}) only its answer tells how far it came`,
      index,
      remedy: OWN_FILE,
    }
  );
}

/** The first statement that only runs while somebody waits for it. */
function hindranceIn({ statements }: Script, from: number): Hindrance | undefined {
  const index = statements.findIndex(
    ({ attached, data }, at) => at >= from && (attached !== undefined || data !== undefined),
  );
  const statement = statements[index];
  if (!statement) return undefined;
  const [what, remedy] = REASONS[statement.attached ?? 'copy'];
  return { reason: `statement ${index + 1} (line ${statement.line}) is or has ${what}`, index, remedy };
}

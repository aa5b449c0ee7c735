import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import type { Statement } from '../../migrations/script/statement.ts';
import { attachedReason, givesRows } from './attached.ts';
import { checkStatement } from './check.ts';
import type { Tree } from './grammar.ts';
import type { Layout } from './layout.ts';
import { leavesOf } from './leftovers.ts';
import { lockOf } from './locks.ts';
import { outsideOf } from './not-in-transaction.ts';
import { objectChanges } from './objects.ts';
import { callsFunction, customSettings, makesSessionObject, setsSession } from './session-state.ts';
import type { TransactionWatch } from './transactions.ts';

type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

interface DescribeOptions {
  readonly transactions: TransactionWatch;
  readonly refuse: Refuse;
  /** Is given what `refuse` makes for a statement that must not be there. */
  readonly onProblem: (problem: RegistryJobsError) => void;
  /** Is shown each statement that is to run, for whoever has more to say of it. */
  readonly observe?: Observe | undefined;
}

/** Is given a statement's place in the text, as a UTF-16 offset, and its parse tree. */
export type Observe = (start: number, kind: string, node: unknown) => void;

/**
 * Makes what is known of each statement from the trees of a file's pieces, given in their order: its place in the text, and
 * what it does.
 */
export function createDescriber(
  text: string,
  layout: Layout,
  { transactions, refuse, onProblem, observe }: DescribeOptions,
) {
  const toLine = unitToLine(text);
  const dataOf = new Map(layout.blocks.map(({ after, start, end }) => [after, { start, end }]));
  return (tree: Tree, pieceStart: number): Statement[] => {
    const toOffset = byteToUnit(tree.sql);
    return tree.statements.flatMap(({ stmt, stmt_location = 0, stmt_len }): Statement[] => {
      const start = layout.toText(pieceStart + toOffset(stmt_location));
      const last = stmt_len === undefined ? tree.sql.trimEnd().length : toOffset(stmt_location + stmt_len);
      // What stands at its end may be elsewhere in the text: data lies between.
      const end = layout.toText(pieceStart + last - 1) + 1;
      const [kind = 'Unknown', node] = Object.entries(stmt ?? {})[0] ?? [];
      const data = dataOf.get(end + 1);
      if (transactions.isOurs(start, kind, node)) return [];
      observe?.(start, kind, node);
      const checked = { kind, node, hasData: data !== undefined };
      const wrong = checkStatement(checked, (code, message, hint) => refuse(start, code, message, hint));
      if (wrong) onProblem(wrong);
      const lock = lockOf(kind, node);
      const outside = outsideOf(kind, node);
      const leaves = leavesOf(kind, node);
      const custom = customSettings(kind, node);
      const objects = objectChanges(kind, node);
      const attached = attachedReason(kind, node);
      return [
        {
          start,
          end,
          line: toLine(start),
          kind,
          ...(lock && { lock }),
          ...(data && { data }),
          ...(outside && { outside }),
          ...(leaves && { leaves }),
          ...(setsSession(kind, node) && { session: true as const }),
          ...(custom.length > 0 && { custom }),
          ...(callsFunction(kind, node) && { calls: true as const }),
          ...(makesSessionObject(kind, node) && { temp: true as const }),
          ...(objects.length > 0 && { objects }),
          ...(attached && { attached }),
          ...(givesRows(kind, node) && { rows: true as const }),
        },
      ];
    });
  };
}

/** Turns byte offsets, asked for in rising order, into UTF-16 offsets. */
function byteToUnit(sql: string): (byte: number) => number {
  const bytes = Buffer.from(sql, 'utf8');
  if (bytes.length === sql.length) return (byte) => byte;
  let passedBytes = 0;
  let passedUnits = 0;
  return (byte) => {
    passedUnits += bytes.toString('utf8', passedBytes, byte).length;
    passedBytes = byte;
    return passedUnits;
  };
}

/** Counts lines up to offsets that are asked for in rising order: once through the text, however many there are. */
function unitToLine(sql: string): (offset: number) => number {
  let line = 1;
  let newline = sql.indexOf('\n');
  return (offset) => {
    while (newline >= 0 && newline < offset) {
      line++;
      newline = sql.indexOf('\n', newline + 1);
    }
    return line;
  };
}

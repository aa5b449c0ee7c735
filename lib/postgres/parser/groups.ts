import type { Statement } from '../../migrations/script/statement.ts';

type Group = number | undefined;

/** Follows which statements of a file its own BEGIN and COMMIT hold together, in their order. */
export interface GroupsWatch {
  begin(): void;
  /** @param goesOn whether another transaction begins with it */
  commit(goesOn: boolean): void;
  /** A statement that is to run. */
  keep(kind: string, node: unknown): void;
  /** How many are to run so far. */
  kept(): number;
  /** The groups where only what stands between BEGIN and COMMIT belongs together. */
  ofBlocks(): readonly Group[];
  /**
   * The groups where all that stands before a COMMIT belongs together, as in one message to the server, and their number: of a file that
   * gives a new value to an enum before one. Nothing for others, which may as well be one transaction.
   */
  ofNewValue(): { readonly groups: readonly Group[]; readonly size: number } | undefined;
}

export function watchGroups(): GroupsWatch {
  const blocks: Group[] = [];
  const parts: number[] = [];
  let block = 0;
  let isOpen = false;
  let part = 0;
  let valueIn: number | undefined;
  return {
    begin: () => {
      block++;
      isOpen = true;
    },
    commit: (goesOn) => {
      isOpen = goesOn;
      block++;
      part++;
    },
    keep: (kind, node) => {
      blocks.push(isOpen ? block : undefined);
      parts.push(part);
      if (addsValue(kind, node)) valueIn ??= part;
    },
    kept: () => blocks.length,
    ofBlocks: () => blocks,
    ofNewValue: () =>
      valueIn !== undefined && parts.some((one) => one > (valueIn ?? 0))
        ? { groups: parts, size: new Set(parts).size }
        : undefined,
  };
}

function addsValue(kind: string, node: unknown): boolean {
  const { newVal, oldVal } = (node ?? {}) as { newVal?: unknown; oldVal?: unknown };
  return kind === 'AlterEnumStmt' && newVal !== undefined && oldVal === undefined;
}

/** A statement with inline data that is to be one with others: the data cannot be sent with them. Pure. */
export function dataWithin(
  statements: readonly Statement[],
  groups: readonly Group[],
): Statement | undefined {
  return statements.find(
    ({ data }, at) =>
      data && groups[at] !== undefined && (groups[at] === groups[at - 1] || groups[at] === groups[at + 1]),
  );
}

/**
 * Makes one statement of those that belong together: it is sent as one text inside of one transaction, and is one in the journal. Pure.
 *
 * @param groups of each statement; none where it stands for itself
 */
export function joinGroups(statements: readonly Statement[], groups: readonly Group[]): Statement[] {
  const joined: Statement[] = [];
  let last: Group;
  for (const [at, statement] of statements.entries()) {
    const group = groups[at];
    const before = joined.at(-1);
    if (before && group !== undefined && group === last) joined[joined.length - 1] = join(before, statement);
    else joined.push(statement);
    last = group;
  }
  return joined;
}

function join(one: Statement, other: Statement): Statement {
  const { start, line } = one;
  const lock = one.lock ?? other.lock;
  const custom = [...(one.custom ?? []), ...(other.custom ?? [])];
  const objects = [...(one.objects ?? []), ...(other.objects ?? [])];
  return {
    start,
    end: other.end,
    line,
    kind: 'TransactionStmt',
    group: true,
    ...(lock && { lock }),
    ...(custom.length > 0 && { custom }),
    // What any of them sets is kept for the statements after it.
    calls: true,
    ...((one.temp || other.temp) && { temp: true as const }),
    ...(objects.length > 0 && { objects }),
  };
}

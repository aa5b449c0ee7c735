type Fields = Readonly<Record<string, unknown>>;

/** Statements that hold a query of their own, which is run when they are, and so may call any function. */
export const QUERIES: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CreateTableAsStmt',
]);

/** A part of a name. */
export interface Named {
  readonly String?: { readonly sval?: string };
}

/** A call of a function in a parse tree. */
export interface Call {
  readonly funcname?: Named[];
  readonly args?: unknown[];
}

/** Looks through a whole tree, however deep it is: with a list of its own, not by recursion. */
export function* callsIn(tree: Fields): Generator<Call> {
  const waiting: unknown[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (Array.isArray((node as Call).funcname)) yield node as Call;
    for (const child of Object.values(node)) if (typeof child === 'object') waiting.push(child);
  }
}

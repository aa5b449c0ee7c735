import type { IndexKey, IndexShape } from '../../migrations/script/statement.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Element {
  readonly name?: string;
  readonly expr?: unknown;
  readonly ordering?: string;
  readonly nulls_ordering?: string;
}

/** What a CREATE INDEX says of its index, by its parse tree. Pure. */
export function shapeOf(node: Fields): IndexShape {
  const method = String(node.accessMethod ?? 'btree');
  return {
    // The server still takes the old name.
    method: method === 'rtree' ? 'gist' : method,
    unique: node.unique === true,
    partial: node.whereClause !== undefined,
    keys: elements(node.indexParams).map(keyOf),
    include: elements(node.indexIncludingParams).map(({ name }) => name ?? ''),
  };
}

function elements(list: unknown): Element[] {
  return ((list ?? []) as { IndexElem?: Element }[]).map(({ IndexElem: element }) => element ?? {});
}

function keyOf({ name, expr, ordering, nulls_ordering: nulls }: Element): IndexKey {
  const descending = ordering === 'SORTBY_DESC';
  const nullsFirst = nulls === 'SORTBY_NULLS_FIRST' || (descending && nulls !== 'SORTBY_NULLS_LAST');
  return { ...(name === undefined ? columnIn(expr) : { column: name }), descending, nullsFirst };
}

/** The column that an expression comes to: Postgres keeps `(a)` and `(a COLLATE "C")` as the column. */
function columnIn(expression: unknown): Pick<IndexKey, 'column' | 'cast'> {
  let [kind, node] = first(expression);
  let isCast = false;
  while (kind === 'CollateClause' || kind === 'TypeCast') {
    isCast ||= kind === 'TypeCast';
    [kind, node] = first(node.arg);
  }
  const fields = (node.fields ?? []) as { String?: { sval?: string } }[];
  const column = kind === 'ColumnRef' ? fields.at(-1)?.String?.sval : undefined;
  if (column === undefined) return {};
  return { column, ...(isCast && { cast: true as const }) };
}

function first(node: unknown): [kind: string | undefined, fields: Fields] {
  const [kind, fields] = Object.entries((node ?? {}) as Record<string, Fields>)[0] ?? [];
  return [kind, fields ?? {}];
}

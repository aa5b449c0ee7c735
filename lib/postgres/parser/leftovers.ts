import type { Leftover, RelationName } from '../../migrations/script/statement.ts';
import { shapeOf } from './index-shape.ts';
import { nameOf } from './locks.ts';
import { detached, isConcurrentReindex } from './not-in-transaction.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an interrupted statement leaves in the catalog, named as the statement names it; nothing where it leaves nothing. */
export function leavesOf(kind: string, node: unknown): Leftover | undefined {
  const fields = (node ?? {}) as Fields;
  if (kind === 'IndexStmt') return indexLeaves(fields);
  if (kind === 'ReindexStmt') return reindexLeaves(fields);
  if (kind === 'AlterTableStmt') return detachLeaves(fields);
  if (kind === 'DropStmt') return dropLeaves(fields);
  return undefined;
}

/** The index of a CREATE INDEX CONCURRENTLY. */
function indexLeaves(node: Fields): Leftover | undefined {
  const {
    concurrent,
    idxname: name,
    relation,
  } = node as {
    concurrent?: boolean;
    idxname?: string;
    relation?: { schemaname?: string };
  };
  const table = nameOf(relation);
  if (!concurrent || !table) return undefined;
  const schema = relation?.schemaname;
  // An index lives in the schema of its table.
  const known = name ? { name } : { shape: shapeOf(node) };
  return { kind: 'index', table, ...known, ...(schema && { schema }) };
}

const TARGETS = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
  REINDEX_OBJECT_DATABASE: 'database',
  REINDEX_OBJECT_SYSTEM: 'system',
} as const;

/** Without CONCURRENTLY each index is rebuilt in a transaction, which leaves nothing. */
function reindexLeaves(node: Fields): Leftover | undefined {
  const target = TARGETS[node.kind as keyof typeof TARGETS];
  if (!target || !isConcurrentReindex(node)) return undefined;
  const relation = relationName(node.relation);
  const name = relation?.name ?? (node.name as string | undefined);
  return {
    kind: 'reindex',
    target,
    ...(relation?.schema && { schema: relation.schema }),
    ...(name && { name }),
  };
}

/** DROP INDEX CONCURRENTLY takes one index: it makes it invalid, waits, and removes it. */
function dropLeaves(node: Fields): Leftover | undefined {
  if (!node.concurrent) return undefined;
  const [first] = (node.objects ?? []) as { List?: { items?: { String?: { sval?: string } }[] } }[];
  const parts = (first?.List?.items ?? []).map((item) => item.String?.sval ?? '');
  const [name, schema] = parts.reverse();
  return name === undefined ? undefined : { kind: 'drop-index', name, ...(schema && { schema }) };
}

function detachLeaves(node: Fields): Leftover | undefined {
  const parent = relationName(node.relation);
  const partition = relationName(detached(node));
  return parent && partition && { kind: 'detach', parent, partition };
}

function relationName(range: unknown): RelationName | undefined {
  const { schemaname, relname } = (range ?? {}) as { schemaname?: string; relname?: string };
  return relname ? { ...(schemaname && { schema: schemaname }), name: relname } : undefined;
}

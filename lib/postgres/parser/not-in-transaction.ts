import { alterCommands } from './alter-commands.ts';
import { createLexer } from './lexer.ts';
import { isOn, optionOf, optionText } from './options.ts';
import { isForTransaction } from './session-state.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What Postgres refuses inside a transaction block, by node name: each gives the name of the form, or nothing where
 * the node is another one. The source is `PreventInTransactionBlock` in the server; what depends on the catalog
 * and not on the text (REINDEX and CLUSTER of a partitioned table) is not here.
 */
const FORMS: Readonly<Record<string, (node: Fields) => string | undefined>> = {
  IndexStmt: (node) => (node.concurrent ? 'CREATE INDEX CONCURRENTLY' : undefined),
  DropStmt: (node) => (node.concurrent ? 'DROP INDEX CONCURRENTLY' : undefined),
  ReindexStmt: reindexForm,
  ClusterStmt: (node) => (node.relation ? undefined : 'CLUSTER of all tables'),
  VacuumStmt: (node) => (node.is_vacuumcmd ? 'VACUUM' : undefined),
  AlterTableStmt: (node) => (detached(node) ? 'DETACH PARTITION ... CONCURRENTLY' : undefined),
  AlterSystemStmt: () => 'ALTER SYSTEM',
  CreatedbStmt: () => 'CREATE DATABASE',
  DropdbStmt: () => 'DROP DATABASE',
  AlterDatabaseStmt: (node) =>
    optionOf(node.options, 'tablespace') ? 'ALTER DATABASE ... SET TABLESPACE' : undefined,
  CreateTableSpaceStmt: () => 'CREATE TABLESPACE',
  DropTableSpaceStmt: () => 'DROP TABLESPACE',
  DiscardStmt: (node) => (node.target === 'DISCARD_ALL' ? 'DISCARD ALL' : undefined),
  CreateSubscriptionStmt: (node) =>
    isOn(node.options, 'connect', true) && isOn(node.options, 'create_slot', true)
      ? 'CREATE SUBSCRIPTION'
      : undefined,
  AlterSubscriptionStmt: alterSubscriptionForm,
  DropSubscriptionStmt: () => 'DROP SUBSCRIPTION',
};

/** The form of a statement that cannot run inside a transaction block, such as `VACUUM`, as far as its text tells. */
export function notInTransaction(kind: string, node: unknown): string | undefined {
  return FORMS[kind]?.((node ?? {}) as Fields);
}

/**
 * How much of a statement its failure undoes, in a file without a transaction: nothing is returned for one that may run
 * inside a transaction block, `atomic` for one that may not but is done, or not, or leaves something that the
 * catalog tells, and `partial` for one that may commit part of its work by itself.
 */
export function outsideOf(kind: string, node: unknown): 'atomic' | 'partial' | undefined {
  // Outside a transaction block the body of either may say COMMIT; a function that SELECT calls cannot.
  if (kind === 'CallStmt' || kind === 'DoStmt') return 'partial';
  // Inside of our transaction it would hold for our record.
  return notInTransaction(kind, node) || isForTransaction(kind, node) ? 'atomic' : undefined;
}

/** Whether a DO ends the transaction that it runs in, as far as its text tells: a COMMIT or ROLLBACK of PL/pgSQL. */
export function endsItsTransaction(kind: string, node: unknown): boolean {
  if (kind !== 'DoStmt') return false;
  const { args } = (node ?? {}) as Fields;
  const body = optionText(optionOf(args, 'as')?.arg) ?? '';
  const language = optionText(optionOf(args, 'language')?.arg) ?? 'plpgsql';
  if (language !== 'plpgsql' || !/commit|rollback/i.test(body)) return false;
  const lexer = createLexer(body);
  const words: string[] = [];
  for (let token = lexer.next(); token; token = lexer.next())
    if (!token.kind.endsWith('comment')) words.push(body.slice(token.start, token.end).toLowerCase());
  return words.some(
    (word, at) => (word === 'commit' || word === 'rollback') && /^(?:;|and)$/.test(words[at + 1] ?? ''),
  );
}

function reindexForm(node: Fields): string | undefined {
  if (isConcurrentReindex(node)) return 'REINDEX CONCURRENTLY';
  const target = String(node.kind).replace('REINDEX_OBJECT_', '');
  return ['SCHEMA', 'DATABASE', 'SYSTEM'].includes(target) ? `REINDEX ${target}` : undefined;
}

/** Whether a REINDEX says CONCURRENTLY, in either of its two ways. */
export function isConcurrentReindex(node: Fields): boolean {
  return isOn(node.params, 'concurrently', false);
}

/** The partition that DETACH PARTITION ... CONCURRENTLY names. */
export function detached(node: Fields): unknown {
  for (const { subtype, def } of alterCommands(node)) {
    const { PartitionCmd: definition } = (def ?? {}) as {
      PartitionCmd?: { name?: unknown; concurrent?: boolean };
    };
    if (subtype === 'AT_DetachPartition' && definition?.concurrent) return definition.name;
  }
  return undefined;
}

function alterSubscriptionForm(node: Fields): string | undefined {
  switch (node.kind) {
    case 'ALTER_SUBSCRIPTION_REFRESH':
      return 'ALTER SUBSCRIPTION ... REFRESH PUBLICATION';
    case 'ALTER_SUBSCRIPTION_SET_PUBLICATION':
    case 'ALTER_SUBSCRIPTION_ADD_PUBLICATION':
    case 'ALTER_SUBSCRIPTION_DROP_PUBLICATION':
      return isOn(node.options, 'refresh', true) ? 'ALTER SUBSCRIPTION with refresh' : undefined;
    case 'ALTER_SUBSCRIPTION_OPTIONS':
      // The slot on the other server is altered too, and that cannot be rolled back.
      if (optionOf(node.options, 'failover')) return 'ALTER SUBSCRIPTION ... SET (failover)';
      return isOn(node.options, 'two_phase', true) ? undefined : 'ALTER SUBSCRIPTION ... SET (two_phase)';
    default:
      return undefined;
  }
}

/**
 * The subscription that has no slot on the other server after a statement: such a one may be dropped inside a
 * transaction block.
 */
export function withoutSlot(kind: string, node: unknown): string | undefined {
  if (kind !== 'CreateSubscriptionStmt' && kind !== 'AlterSubscriptionStmt') return undefined;
  const { options, subname } = (node ?? {}) as { options?: unknown; subname?: string };
  return optionText(optionOf(options, 'slot_name')?.arg)?.toLowerCase() === 'none' ? subname : undefined;
}

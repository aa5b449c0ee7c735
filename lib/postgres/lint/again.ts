import { alterCommands } from '../parser/alter-commands.ts';
import { nameOf } from '../parser/locks.ts';
import { objectChanges } from '../parser/objects.ts';
import type { Fields, Hazard } from './rule.ts';

/**
 * What keeps a file from running twice, as far as its statements tell: each is asked whether it would fail, or do its work once more. A DO
 * block is not looked into. Pure.
 *
 * @param dropped objects that statements before it in the file drop IF EXISTS: what makes them anew is fine
 */
export function againHazards(kind: string, node: unknown, dropped: ReadonlySet<string>): Hazard[] {
  const fields = (node ?? {}) as Fields;
  // Postgres chooses a name that is not taken yet.
  if (kind === 'IndexStmt' && !fields.idxname) {
    const message = `Run twice, it makes a second index on ${nameOf(fields.relation)}. Say IF NOT EXISTS, with a name.`;
    return [{ rule: 'not-idempotent', message, recipe: 'create-an-index' }];
  }
  const why = MAKERS[kind]?.(fields);
  if (why === undefined) return [];
  if (madeObjects(kind, fields).some((object) => dropped.has(object))) return [];
  return [{ rule: 'not-idempotent', message: why }];
}

/** What a statement drops so that what comes after it may make it anew. Pure. */
export function droppedObjects(kind: string, node: unknown): string[] {
  const fields = (node ?? {}) as Fields;
  if (kind === 'AlterTableStmt') {
    return alterCommands(fields)
      .filter(({ subtype, missing_ok: isFine }) => subtype === 'AT_DropConstraint' && isFine === true)
      .map(({ name }) => constraint(name, fields));
  }
  if (kind !== 'DropStmt' || !fields.missing_ok) return [];
  const types = ((fields.objects ?? []) as { TypeName?: { names?: Names } }[]).flatMap(
    ({ TypeName: type }) => (type ? [typeName(type.names)] : []),
  );
  return [...types, ...objectChanges(kind, node).map(({ object }) => object)];
}

type Names = readonly { readonly String?: { readonly sval?: string } }[];

function typeName(names: unknown): string {
  return `type ${((names ?? []) as Names).map(({ String: it }) => it?.sval).join('.')}`;
}

function constraint(name: unknown, { relation }: Fields): string {
  return `constraint ${name} on ${nameOf(relation)}`;
}

function madeObjects(kind: string, fields: Fields): string[] {
  if (kind === 'CreateEnumStmt') return [typeName(fields.typeName)];
  if (kind === 'CompositeTypeStmt') return [`type ${nameOf(fields.typevar)}`];
  if (kind === 'CreateDomainStmt') return [typeName(fields.domainname)];
  if (kind !== 'AlterTableStmt') return objectChanges(kind, fields).map(({ object }) => object);
  return alterCommands(fields).flatMap(({ subtype, def }) =>
    subtype === 'AT_AddConstraint'
      ? [constraint((def as { Constraint?: Fields } | undefined)?.Constraint?.conname, fields)]
      : [],
  );
}

const fails = (what: string, word: string) => `Run twice, it fails: ${what} is there already. Say ${word}.`;

/** Statements that make something: what it is called, and the words that make it fine to run them twice. */
const MAKERS: Readonly<Record<string, (node: Fields) => string | undefined>> = {
  CreateStmt: (node) =>
    node.if_not_exists ? undefined : fails(`table ${nameOf(node.relation)}`, 'IF NOT EXISTS'),
  CreateTableAsStmt: (node) => (node.if_not_exists ? undefined : fails('the table', 'IF NOT EXISTS')),
  IndexStmt: (node) => (node.if_not_exists ? undefined : fails(`index ${node.idxname}`, 'IF NOT EXISTS')),
  CreateSeqStmt: (node) =>
    node.if_not_exists ? undefined : fails(`sequence ${nameOf(node.sequence)}`, 'IF NOT EXISTS'),
  CreateSchemaStmt: (node) =>
    node.if_not_exists ? undefined : fails(`schema ${node.schemaname}`, 'IF NOT EXISTS'),
  CreateExtensionStmt: (node) =>
    node.if_not_exists ? undefined : fails(`extension ${node.extname}`, 'IF NOT EXISTS'),
  CreateFunctionStmt: (node) => (node.replace ? undefined : fails('the function', 'CREATE OR REPLACE')),
  ViewStmt: (node) => (node.replace ? undefined : fails(`view ${nameOf(node.view)}`, 'CREATE OR REPLACE')),
  CreateTrigStmt: (node) =>
    node.replace
      ? undefined
      : fails(`trigger ${node.trigname}`, 'CREATE OR REPLACE, or drop it IF EXISTS before'),
  RuleStmt: (node) => (node.replace ? undefined : fails(`rule ${node.rulename}`, 'CREATE OR REPLACE')),
  CreatePolicyStmt: (node) => fails(`policy ${node.policy_name}`, 'DROP POLICY IF EXISTS before it'),
  CreateEnumStmt: () => fails('the type', 'it in a DO block that looks first'),
  CompositeTypeStmt: () => fails('the type', 'it in a DO block that looks first'),
  CreateDomainStmt: () => fails('the domain', 'it in a DO block that looks first'),
  CreateRoleStmt: () => fails('the role', 'it in a DO block that looks first'),
  AlterEnumStmt: (node) =>
    node.newVal && !node.skipIfNewValExists && !node.oldVal
      ? fails('the value', 'ADD VALUE IF NOT EXISTS')
      : undefined,
  DropStmt: (node) =>
    node.missing_ok ? undefined : 'Run twice, it fails: it is gone already. Say IF EXISTS.',
  DropRoleStmt: (node) =>
    node.missing_ok ? undefined : 'Run twice, it fails: it is gone already. Say IF EXISTS.',
  RenameStmt: () =>
    'Run twice, it fails: the old name is gone already. Put it into a DO block that looks first.',
  InsertStmt: (node) =>
    node.onConflictClause ||
    (node.selectStmt as Fields | undefined)?.SelectStmt === undefined ||
    looksFirst(node)
      ? undefined
      : 'Run twice, it inserts its rows twice, or fails. Say ON CONFLICT, or WHERE NOT EXISTS.',
  CopyStmt: (node) => (node.is_from ? 'Run twice, it loads its rows twice, or fails.' : undefined),
  AlterTableStmt: alterAgain,
};

/** A query with a condition may look for what is there; values alone cannot. */
function looksFirst(node: Fields): boolean {
  const select = (node.selectStmt as { SelectStmt?: Fields } | undefined)?.SelectStmt;
  return select?.valuesLists === undefined && JSON.stringify(select?.whereClause ?? '').includes('SubLink');
}

function alterAgain(node: Fields): string | undefined {
  const commands = alterCommands(node);
  const isDropped = commands.some(
    ({ subtype, missing_ok: isFine }) => subtype === 'AT_DropConstraint' && isFine === true,
  );
  for (const { subtype, missing_ok: isFine } of commands) {
    if (subtype === 'AT_AddColumn' && !isFine) return fails('the column', 'ADD COLUMN IF NOT EXISTS');
    if (subtype === 'AT_DropColumn' && !isFine)
      return 'Run twice, it fails: the column is gone already. Say DROP COLUMN IF EXISTS.';
    if (subtype === 'AT_DropConstraint' && !isFine)
      return 'Run twice, it fails: the constraint is gone already. Say DROP CONSTRAINT IF EXISTS.';
    if (subtype === 'AT_AddConstraint' && !isDropped)
      return 'Run twice, it fails: the constraint is there already. Drop it IF EXISTS before, or look first in a DO block.';
    if (subtype === 'AT_AttachPartition')
      return 'Run twice, it fails: the partition is attached already. Look first in a DO block.';
  }
  return undefined;
}

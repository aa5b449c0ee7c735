import { alterCommands } from '../parser/alter-commands.ts';
import { nameOf } from '../parser/locks.ts';
import { isConcurrentReindex } from '../parser/not-in-transaction.ts';
import { isOn } from '../parser/options.ts';
import { alterHazards } from './alter-hazards.ts';
import { type Fields, type Hazard, hazard } from './rule.ts';

/** What a statement does to those who use the database meanwhile, as far as its text tells. Pure. */
export function hazardsOf(kind: string, node: unknown): Hazard[] {
  const fields = (node ?? {}) as Fields;
  return RULES[kind]?.(fields) ?? [];
}

/** Tables that a statement makes: whoever waits for one of those has not seen it yet. Pure. */
export function madeTable(kind: string, node: unknown): string | undefined {
  const fields = (node ?? {}) as Fields;
  if (kind === 'CreateStmt') return nameOf(fields.relation);
  if (kind === 'CreateTableAsStmt') return nameOf((fields.into as Fields | undefined)?.rel);
  return undefined;
}

/** The table that a statement is about, if one. Pure. */
export function tableOf(node: unknown): string | undefined {
  const fields = (node ?? {}) as Fields;
  return nameOf(fields.relation);
}

const RULES: Readonly<Record<string, (node: Fields) => Hazard[]>> = {
  IndexStmt: (node) =>
    node.concurrent
      ? []
      : [hazard('index-blocks-writes', `Nobody can write to ${on(node)} until the index is built.`)],
  DropStmt: dropHazards,
  ReindexStmt: (node) =>
    isConcurrentReindex(node)
      ? []
      : [hazard('reindex-blocks', 'Nobody can write to the table until its index is built anew.')],
  AlterTableStmt: (node) => alterCommands(node).flatMap((command) => alterHazards(command, on(node))),
  RenameStmt: renameHazards,
  TruncateStmt: () => [
    hazard('drops-data', 'TRUNCATE removes all rows, and nobody can read the table meanwhile.'),
  ],
  UpdateStmt: (node) =>
    node.whereClause
      ? []
      : [
          hazard(
            'all-rows',
            `UPDATE without WHERE writes every row of ${on(node)} anew, in one transaction.`,
          ),
        ],
  DeleteStmt: (node) =>
    node.whereClause ? [] : [hazard('all-rows', `DELETE without WHERE removes every row of ${on(node)}.`)],
  VacuumStmt: (node) =>
    isOn(node.options, 'full', false)
      ? [hazard('blocks-readers', 'VACUUM FULL writes the table anew, and nobody can read it meanwhile.')]
      : [],
  ClusterStmt: () => [
    hazard('blocks-readers', 'CLUSTER writes the table anew, and nobody can read it meanwhile.'),
  ],
  LockStmt: (node) =>
    Number(node.mode) >= ACCESS_EXCLUSIVE
      ? [hazard('blocks-readers', 'LOCK TABLE keeps everybody from the table until the file is committed.')]
      : [],
  RefreshMatViewStmt: (node) =>
    node.concurrent || node.skipData
      ? []
      : [hazard('blocks-readers', `Nobody can read ${on(node)} while it is refreshed.`)],
};

const ACCESS_EXCLUSIVE = 8;

function on(node: Fields): string {
  return nameOf(node.relation) ?? 'the table';
}

function dropHazards({ removeType, concurrent }: Fields): Hazard[] {
  switch (removeType) {
    case 'OBJECT_INDEX':
      return concurrent
        ? []
        : [hazard('drop-index-blocks', 'It waits for everybody who uses the table, and they wait for it.')];
    case 'OBJECT_TABLE':
    case 'OBJECT_SCHEMA':
      return [hazard('drops-data', 'It goes with its data, and what still asks for it fails.')];
    default:
      return [];
  }
}

function renameHazards({ renameType, newname, subname, relation }: Fields): Hazard[] {
  const table = nameOf(relation) ?? 'it';
  if (renameType === 'OBJECT_COLUMN')
    return [
      hazard(
        'rename-breaks',
        `Whatever asks ${table} for ${subname} fails from now on, until it asks for ${newname}.`,
      ),
    ];
  if (renameType === 'OBJECT_TABLE' || renameType === 'OBJECT_VIEW')
    return [
      hazard('rename-breaks', `Whatever asks for ${table} fails from now on, until it asks for ${newname}.`),
    ];
  return [];
}

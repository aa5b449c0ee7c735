import { nameOf } from '../parser/locks.ts';
import type { Fields, Hazard } from './rule.ts';

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
    isConcurrent(node.params)
      ? []
      : [hazard('reindex-blocks', 'Nobody can write to the table until its index is built anew.')],
  AlterTableStmt: (node) => commandsOf(node).flatMap((command) => alterHazards(command, on(node))),
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
    optionNames(node.options).includes('full')
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

function hazard(rule: Hazard['rule'], message: string): Hazard {
  return { rule, message };
}

function on(node: Fields): string {
  return nameOf(node.relation) ?? 'the table';
}

interface Command {
  readonly subtype?: string;
  readonly name?: string;
  readonly def?: Fields;
}

function commandsOf({ cmds }: Fields): Command[] {
  return ((cmds ?? []) as { AlterTableCmd?: Command }[]).flatMap(
    ({ AlterTableCmd: command }) => command ?? [],
  );
}

function alterHazards({ subtype, name, def }: Command, table: string): Hazard[] {
  switch (subtype) {
    case 'AT_AddColumn':
      return columnHazards((def?.ColumnDef ?? {}) as Fields, table);
    case 'AT_SetNotNull':
      return [
        hazard('not-null-scans', `SET NOT NULL reads all of ${table}, and nobody can use it meanwhile.`),
      ];
    case 'AT_AddConstraint':
      return constraintHazards((def?.Constraint ?? {}) as Fields, table);
    case 'AT_AlterColumnType':
      return [
        hazard(
          'type-rewrites',
          `Most changes of a type write all of ${table} anew, and nobody can use it meanwhile; and whoever reads ${name} gets another type.`,
        ),
      ];
    case 'AT_DropColumn':
      return [hazard('drops-data', `${name} goes with its data, and what still asks for it fails.`)];
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetTableSpace':
      return [hazard('blocks-readers', `This writes all of ${table} anew, and nobody can use it meanwhile.`)];
    default:
      return [];
  }
}

/** Functions whose value differs from row to row, so that the rows are written one by one. */
const VOLATILE =
  /^(?:gen_random_uuid|uuidv[47]|uuid_generate_v\w+|random|clock_timestamp|timeofday|nextval|random_normal)$/;
const SERIAL = /^(?:small|big)?serial(?:[248])?$/;

function columnHazards(column: Fields, table: string): Hazard[] {
  const constraints = ((column.constraints ?? []) as { Constraint?: Fields }[]).map(
    ({ Constraint: it }) => it ?? {},
  );
  const type = ((column.typeName as Fields | undefined)?.names ?? []) as { String?: { sval?: string } }[];
  const writesAnew =
    SERIAL.test(type.at(-1)?.String?.sval ?? '') ||
    constraints.some(
      ({ contype, raw_expr: expression }) =>
        contype === 'CONSTR_IDENTITY' ||
        contype === 'CONSTR_GENERATED' ||
        (contype === 'CONSTR_DEFAULT' && callsVolatile(expression)),
    );
  return [
    ...(writesAnew
      ? [
          hazard(
            'default-rewrites',
            `Each row of ${table} gets a value of its own: all are written anew, and nobody can use the table meanwhile.`,
          ),
        ]
      : []),
    ...constraints
      .filter(({ contype }) => contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY')
      .map(() =>
        hazard('unique-blocks', `Nobody can use ${table} while the index of this constraint is built.`),
      ),
  ];
}

function callsVolatile(expression: unknown): boolean {
  if (typeof expression !== 'object' || expression === null) return false;
  const call = (expression as Fields).FuncCall as { funcname?: { String?: { sval?: string } }[] } | undefined;
  if (VOLATILE.test(call?.funcname?.at(-1)?.String?.sval ?? '')) return true;
  return Object.values(expression).some(callsVolatile);
}

function constraintHazards(constraint: Fields, table: string): Hazard[] {
  const { contype, skip_validation: isNotValid, indexname } = constraint;
  switch (contype) {
    case 'CONSTR_CHECK':
      if (isNotValid) return [];
      return [hazard('check-scans', `The check reads all of ${table}, and nobody can use it meanwhile.`)];
    case 'CONSTR_NOTNULL':
      if (isNotValid) return [];
      return [
        hazard('not-null-scans', `The constraint reads all of ${table}, and nobody can use it meanwhile.`),
      ];
    case 'CONSTR_FOREIGN': {
      const other = nameOf(constraint.pktable) ?? 'the other table';
      if (isNotValid) return [];
      return [
        hazard(
          'foreign-key-scans',
          `The key reads all of ${table}, and nobody can write to it or to ${other} meanwhile.`,
        ),
      ];
    }
    case 'CONSTR_UNIQUE':
    case 'CONSTR_PRIMARY':
    case 'CONSTR_EXCLUSION':
      if (indexname) return [];
      return [
        hazard('unique-blocks', `Nobody can use ${table} while the index of this constraint is built.`),
      ];
    default:
      return [];
  }
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

function isConcurrent(params: unknown): boolean {
  return optionNames(params).includes('concurrently');
}

function optionNames(options: unknown): string[] {
  return ((options ?? []) as { DefElem?: { defname?: string } }[]).map(
    ({ DefElem: it }) => it?.defname ?? '',
  );
}

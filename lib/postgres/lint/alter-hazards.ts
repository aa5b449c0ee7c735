import type { AlterCommand } from '../parser/alter-commands.ts';
import { nameOf } from '../parser/locks.ts';
import { type Fields, type Hazard, hazard } from './rule.ts';

/** What one thing that an ALTER TABLE does costs those who use the table. Pure. */
export function alterHazards({ subtype, name, def }: AlterCommand, table: string): Hazard[] {
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

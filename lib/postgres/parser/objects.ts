import { ANY_ARGUMENTS, type ObjectChange } from '../../migrations/script/statement.ts';

type Fields = Readonly<Record<string, unknown>>;
interface Text {
  readonly String?: { readonly sval?: string };
}
interface TypeName {
  readonly names?: readonly Text[];
  readonly arrayBounds?: readonly unknown[];
}
interface Parameter {
  readonly FunctionParameter?: { readonly argType?: TypeName; readonly mode?: string };
}

/** How people write the types whose names the grammar translates. */
const TYPES: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  bpchar: 'character',
};
const RELATIONS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized view',
  OBJECT_INDEX: 'index',
  OBJECT_SEQUENCE: 'sequence',
};
/** What belongs to a table: the last name is its own. */
const PARTS: Readonly<Record<string, string>> = {
  OBJECT_TRIGGER: 'trigger',
  OBJECT_POLICY: 'policy',
  OBJECT_RULE: 'rule',
};
const FUNCTIONS = ['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE'];

/**
 * The functions, relations, triggers, policies and rules that a statement defines or drops, by its parse tree. What a DO block
 * does is not seen. Pure.
 */
export function objectChanges(kind: string, node: unknown): ObjectChange[] {
  const fields = (node ?? {}) as Fields;
  const made = (object: string | undefined): ObjectChange[] =>
    object ? [{ object, change: fields.replace === true ? 'replaces' : 'creates' }] : [];
  const part = (what: string, name: unknown, table: unknown) => `${what} ${name} on ${rangeName(table)}`;
  switch (kind) {
    case 'CreateFunctionStmt':
      return made(`${nameOf(fields.funcname)}(${argumentsOf(fields.parameters)})`);
    case 'ViewStmt':
      return made(`view ${rangeName(fields.view)}`);
    case 'CreateTrigStmt':
      return made(part('trigger', fields.trigname, fields.relation));
    case 'RuleStmt':
      return made(part('rule', fields.rulename, fields.relation));
    case 'CreatePolicyStmt':
      return made(part('policy', fields.policy_name, fields.table));
    case 'CreateStmt':
      return made(`table ${rangeName(fields.relation)}`);
    case 'CreateTableAsStmt':
      return made(
        `${RELATIONS[String(fields.objtype)]} ${rangeName((fields.into as Fields | undefined)?.rel)}`,
      );
    case 'IndexStmt':
      return made(fields.idxname ? `index ${fields.idxname}` : undefined);
    case 'CreateSeqStmt':
      return made(`sequence ${rangeName(fields.sequence)}`);
    case 'DropStmt':
      return dropped(fields);
    case 'RenameStmt':
      return renamed(fields);
    default:
      return [];
  }
}

function dropped({ removeType, objects }: Fields): ObjectChange[] {
  const type = String(removeType);
  return ((objects ?? []) as Fields[]).flatMap((entry) => {
    const object = droppedName(type, entry);
    return object ? [{ object, change: 'drops' } as const] : [];
  });
}

function droppedName(type: string, { List: list, ObjectWithArgs: routine }: Fields): string | undefined {
  const items = (list as { items?: readonly Text[] } | undefined)?.items ?? [];
  if (RELATIONS[type]) return `${RELATIONS[type]} ${nameOf(items)}`;
  if (PARTS[type]) return `${PARTS[type]} ${items.at(-1)?.String?.sval} on ${nameOf(items.slice(0, -1))}`;
  if (!FUNCTIONS.includes(type)) return undefined;
  const { objname, objargs, args_unspecified: anyArguments } = (routine ?? {}) as Fields;
  const types = ((objargs ?? []) as { TypeName?: TypeName }[]).map((it) => typeOf(it.TypeName));
  return `${nameOf(objname)}(${anyArguments === true ? ANY_ARGUMENTS : types.join(', ')})`;
}

function renamed({ renameType, relation, newname }: Fields): ObjectChange[] {
  const what = RELATIONS[String(renameType)];
  if (!what) return [];
  const { schemaname } = (relation ?? {}) as Fields;
  return [
    { object: `${what} ${rangeName(relation)}`, change: 'drops' },
    { object: `${what} ${rangeName({ schemaname, relname: newname })}`, change: 'creates' },
  ];
}

/** Schemas that are searched anyway are left out, so that a mention with them and one without are the same. */
function nameOf(names: unknown): string {
  const texts = ((names ?? []) as readonly Text[]).map((name) => name.String?.sval ?? '');
  return texts.filter((name, index) => index > 0 || texts.length < 2 || !isSearched(name)).join('.');
}

function rangeName(range: unknown): string {
  const { schemaname, relname } = (range ?? {}) as { schemaname?: string; relname?: string };
  return schemaname && !isSearched(schemaname) ? `${schemaname}.${relname}` : String(relname);
}

function isSearched(schema: string): boolean {
  return schema === 'public' || schema === 'pg_catalog';
}

/** Only what tells functions of one name apart: the types of what goes in. */
function argumentsOf(parameters: unknown): string {
  return ((parameters ?? []) as readonly Parameter[])
    .flatMap(({ FunctionParameter: parameter }) =>
      parameter && !['FUNC_PARAM_OUT', 'FUNC_PARAM_TABLE'].includes(parameter.mode ?? '')
        ? [typeOf(parameter.argType)]
        : [],
    )
    .join(', ');
}

function typeOf(type: TypeName = {}): string {
  const name = nameOf(type.names);
  return `${TYPES[name] ?? name}${'[]'.repeat(type.arrayBounds?.length ?? 0)}`;
}

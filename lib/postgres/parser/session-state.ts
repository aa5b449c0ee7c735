import type { CustomSetting } from '../../migrations/script/statement.ts';
import { type Call, callsIn, type Named, QUERIES } from './calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether a statement only sets what statements after it in the same session may depend on, and can be run again in another session:
 * a setting, a role, a loaded library. What lasts for the transaction only does not count.
 */
export function setsSession(kind: string, node: unknown): boolean {
  const fields = (node ?? {}) as Fields;
  // SET TRANSACTION, and SET TRANSACTION SNAPSHOT, are for one transaction; SESSION CHARACTERISTICS are not.
  if (kind === 'VariableSetStmt') return !isForTransaction(kind, node);
  if (kind === 'LoadStmt') return true;
  return kind === 'DiscardStmt' && fields.target === 'DISCARD_ALL';
}

const OF_TRANSACTION = /^transaction(?:_isolation|_read_only|_deferrable| snapshot)?$/i;

/** Whether a SET is for one transaction: outside of a transaction block it means nothing, and the server says so. */
export function isForTransaction(kind: string, node: unknown): boolean {
  const { is_local: isLocal, name } = (node ?? {}) as Fields;
  return kind === 'VariableSetStmt' && (isLocal === true || OF_TRANSACTION.test(String(name)));
}

/**
 * The settings with a name of their own that the calls of set_config in a query set: the server shows those to nobody who does not ask for
 * them by name. The query may do other things, so it cannot run again only to set them.
 */
export function customSettings(kind: string, node: unknown): CustomSetting[] {
  if (!QUERIES.has(kind)) return [];
  const fields = (node ?? {}) as Fields;
  const sure = new Set(kind === 'SelectStmt' ? callsForSure(fields) : []);
  return callsOfSetConfig(fields).flatMap((call) => {
    const [name, value] = [textOf(call.args?.[0]), textOf(call.args?.[1])];
    if (name === undefined) return [{}];
    if (!name.includes('.')) return [];
    return [{ name, ...(value !== undefined && sure.has(call) && { value }) }];
  });
}

const WRITES = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Whether a statement that is there to write calls a function, which may set something. */
export function callsFunction(kind: string, node: unknown): boolean {
  return WRITES.has(kind) && callsIn((node ?? {}) as Fields).next().done !== true;
}

/** What a SELECT calls once, whatever is in the database. */
function callsForSure({ targetList, fromClause, whereClause, withClause, op }: Fields): unknown[] {
  if (fromClause || whereClause || withClause || (op !== undefined && op !== 'SETOP_NONE')) return [];
  return ((targetList ?? []) as { ResTarget?: { val?: { FuncCall?: unknown } } }[]).flatMap(
    ({ ResTarget: target }) => target?.val?.FuncCall ?? [],
  );
}

/** Where the nodes that create a relation keep its name. */
const CREATED: Readonly<Record<string, (node: Fields) => unknown>> = {
  CreateStmt: (node) => node.relation,
  CreateTableAsStmt: (node) => (node.into as Fields | undefined)?.rel,
  SelectStmt: (node) => (node.intoClause as Fields | undefined)?.rel,
  ViewStmt: (node) => node.view,
  CreateSeqStmt: (node) => node.sequence,
};

/** In the options of DECLARE: the cursor outlives its transaction. */
const CURSOR_HOLD = 0x20;

/** Whether a statement makes something that only its session has, and that is gone, with what it held, after it. */
export function makesSessionObject(kind: string, node: unknown): boolean {
  const fields = (node ?? {}) as Fields;
  if (kind === 'PrepareStmt' || kind === 'ListenStmt') return true;
  if (kind === 'DeclareCursorStmt') return (Number(fields.options) & CURSOR_HOLD) !== 0;
  if (kind === 'CreateFunctionStmt')
    return isTemporarySchema((fields.funcname as Named[] | undefined)?.at(-2));
  const created = CREATED[kind]?.(fields) as { relpersistence?: string; schemaname?: string } | undefined;
  return created?.relpersistence === 't' || created?.schemaname === TEMPORARY_SCHEMA;
}

const TEMPORARY_SCHEMA = 'pg_temp';

function isTemporarySchema(name: Named | undefined): boolean {
  return name?.String?.sval === TEMPORARY_SCHEMA;
}

function callsOfSetConfig(tree: Fields): Call[] {
  return [...callsIn(tree)].filter(({ funcname = [], args }) => isSetConfig(funcname) && !isTrue(args?.[2]));
}

/** The text of a literal. */
function textOf(argument: unknown): string | undefined {
  const constant = (argument as { A_Const?: { sval?: Named['String'] } } | undefined)?.A_Const;
  return constant?.sval && (constant.sval.sval ?? '');
}

function isSetConfig(name: readonly Named[]): boolean {
  const [schema, last] = name.length > 1 ? name.slice(-2) : ['pg_catalog', name[0]];
  const isBuiltIn = schema === 'pg_catalog' || (schema as Named).String?.sval === 'pg_catalog';
  return isBuiltIn && (last as Named | undefined)?.String?.sval === 'set_config';
}

/** Whether the third argument says that the setting is for the transaction. */
function isTrue(argument: unknown): boolean {
  const constant = (argument as { A_Const?: { boolval?: { boolval?: boolean } } } | undefined)?.A_Const;
  return constant?.boolval?.boolval === true;
}

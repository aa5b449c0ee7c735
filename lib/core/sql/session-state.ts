type Fields = Readonly<Record<string, unknown>>;

/** Statements that hold a query, and so may call set_config. */
const QUERIES = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CreateTableAsStmt',
]);

/**
 * Whether a statement sets what statements after it in the same session may depend on, and what can be set again in
 * another session: a setting, a role, a loaded library. What lasts for the transaction only does not count. A
 * function that sets something is not seen, since the text of the file does not tell.
 */
export function setsSession(kind: string, node: unknown): boolean {
  const fields = (node ?? {}) as Fields;
  // SET TRANSACTION, and SET TRANSACTION SNAPSHOT, are for one transaction; SESSION CHARACTERISTICS are not.
  if (kind === 'VariableSetStmt') return !fields.is_local && !String(fields.name).startsWith('TRANSACTION');
  if (kind === 'LoadStmt') return true;
  if (kind === 'DiscardStmt') return fields.target === 'DISCARD_ALL';
  return QUERIES.has(kind) && callsSetConfig(fields);
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

interface Named {
  readonly String?: { readonly sval?: string };
}

function isTemporarySchema(name: Named | undefined): boolean {
  return name?.String?.sval === TEMPORARY_SCHEMA;
}

/** Looks through a whole tree, however deep it is: with a list of its own, not by recursion. */
function callsSetConfig(tree: Fields): boolean {
  const waiting: unknown[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { funcname, args } = node as { funcname?: Named[]; args?: unknown[] };
    if (Array.isArray(funcname) && isSetConfig(funcname) && !isTrue(args?.[2])) return true;
    for (const child of Object.values(node)) if (typeof child === 'object') waiting.push(child);
  }
  return false;
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

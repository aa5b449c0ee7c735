import { parseGrammar } from '../parser/grammar.ts';

/** The forms that a text of the catalog may have, as statements of their own. */
const FORMS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `SELECT (${text})`,
  (text) => `ALTER TABLE t ADD ${text}`,
  (text) => `CREATE FUNCTION f(${text}) RETURNS void LANGUAGE sql AS ''`,
  (text) => `CREATE FUNCTION f() RETURNS void LANGUAGE sql ${text}`,
];

/**
 * Whether two texts that servers of different versions have written of something in their catalogs mean the same: one may name the table of
 * each column where the other does not, and call a function where the other uses the words of the standard. The parser has to be loaded.
 */
export function isSameSql(one: string, other: string): boolean {
  for (const form of FORMS) {
    const trees = [one, other].map((text) => treeOf(form(text)));
    if (trees[0] !== undefined && trees[1] !== undefined) return isSame(trees[0], trees[1]);
  }
  return false;
}

function treeOf(sql: string): unknown {
  try {
    return parseGrammar(sql).statements.map(({ stmt }) => stmt);
  } catch {
    return undefined;
  }
}

type Node = Readonly<Record<string, unknown>>;

/** Where something stands, and in which words a function was called. */
const NO_MEANING = new Set(['location', 'stmt_location', 'stmt_len', 'funcformat', 'list_start', 'list_end']);

function isSame(one: unknown, other: unknown): boolean {
  const [a, b] = [plain(one), plain(other)];
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isNode(a) || !isNode(b)) return a === b;
  if (isNode(a.TypeCast) && isNode(b.TypeCast) && isSameNumber(a.TypeCast, b.TypeCast)) return true;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !NO_MEANING.has(name));
  return names.every((name) => {
    if (name === 'ColumnRef' && isNode(a[name]) && isNode(b[name])) return isSameColumn(a[name], b[name]);
    if (name === 'funcname' && Array.isArray(a[name]) && Array.isArray(b[name]))
      return functionName(a[name]) === functionName(b[name]);
    // The words of the standard hide that an argument was made a text.
    if (name === 'args' && isOther(a, b)) return isSame(textless(a[name]), textless(b[name]));
    return isSame(a[name], b[name]);
  });
}

/** Whether a function is called in the words of the standard on one side only. */
function isOther(one: Node, other: Node): boolean {
  return (one.funcformat === 'COERCE_SQL_SYNTAX') !== (other.funcformat === 'COERCE_SQL_SYNTAX');
}

function textless(args: unknown): unknown {
  return Array.isArray(args) ? args.map((each) => (isTextCast(each) ? each.TypeCast.arg : each)) : args;
}

function isTextCast(value: unknown): value is { readonly TypeCast: Node } {
  if (!isNode(value) || !isNode(value.TypeCast)) return false;
  return JSON.stringify(value.TypeCast.typeName ?? '').includes('"sval":"text"');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** With its table or without: where both name one, it is compared. */
function isSameColumn(one: Node, other: Node): boolean {
  const [a, b] = [one.fields, other.fields];
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  return a.length === b.length ? isSame(a, b) : isSame(a.at(-1), b.at(-1));
}

/** Older servers have EXTRACT written as the function that it was. */
function functionName(parts: readonly unknown[]): string {
  const names = parts.map((part) => JSON.stringify(part));
  const bare = names.length > 1 && names[0] === '{"String":{"sval":"pg_catalog"}}' ? names.slice(1) : names;
  return bare.join('.').replace('"date_part"', '"extract"');
}

/** What EXTRACT gives is a numeric, and was a double precision: what it is compared with is cast to that. */
function isSameNumber(one: Node, other: Node): boolean {
  const isNumber = ({ typeName }: Node) => /"sval":"(float8|numeric)"/.test(JSON.stringify(typeName ?? ''));
  const isConstant = ({ arg }: Node) => isNode(arg) && 'A_Const' in arg;
  return [one, other].every((cast) => isNumber(cast) && isConstant(cast)) && isSame(one.arg, other.arg);
}

/** A text that is said to be one is the text. */
function plain(value: unknown): unknown {
  if (!isTextCast(value)) return value;
  const { arg } = value.TypeCast;
  return isNode(arg) && 'A_Const' in arg ? arg : value;
}

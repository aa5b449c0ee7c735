import type { AttachedReason } from '../../migrations/script/statement.ts';
import { callsIn, QUERIES } from './calls.ts';
import { isForTransaction } from './session-state.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What these functions answer depends on the message that the client has sent, or on the transaction being nobody's part. */
const OF_THE_MESSAGE = new Set(['statement_timestamp', 'current_query', 'pg_export_snapshot']);

/**
 * Why a statement means something else, or nothing, in an EXECUTE of PL/pgSQL than as a message of its own: then its file cannot run on in
 * the server. Nothing for all others. The sources are `_SPI_execute_plan` in the server, which refuses the first three, and what was tried.
 */
export function attachedReason(kind: string, node: unknown): AttachedReason | undefined {
  const fields = (node ?? {}) as Fields;
  if (kind === 'CopyStmt') return fields.filename === undefined ? 'copy' : undefined;
  if (kind === 'TransactionStmt') return 'transaction-control';
  if (kind === 'SelectStmt' && intoOf(fields)) return 'select-into';
  if (kind === 'VariableSetStmt') return reasonOfSet(kind, fields);
  if (!QUERIES.has(kind)) return undefined;
  for (const { funcname = [] } of callsIn(fields)) {
    if (OF_THE_MESSAGE.has(funcname.at(-1)?.String?.sval ?? '')) return 'of-the-message';
  }
  return undefined;
}

/** The leftmost part of a UNION has it. */
function intoOf(select: Fields): unknown {
  let at: Fields | undefined = select;
  while (at && at.intoClause === undefined) at = at.larg as Fields | undefined;
  return at?.intoClause;
}

function reasonOfSet(kind: string, fields: Fields): AttachedReason | undefined {
  const name = String(fields.name ?? '').toLowerCase();
  if (isForTransaction(kind, fields) && name.startsWith('transaction')) return 'set-transaction';
  if (fields.kind !== 'VAR_SET_VALUE') return undefined;
  const value = valueSet(fields);
  if (name === 'statement_timeout') return /^0[a-z]*$/i.test(value) ? undefined : 'statement-timeout';
  if (name === 'client_encoding') return /^utf-?8$|^unicode$/i.test(value) ? undefined : 'client-encoding';
  return undefined;
}

interface Constant {
  readonly A_Const?: {
    readonly sval?: { readonly sval?: string };
    readonly ival?: { readonly ival?: number };
  };
}

/** The value of a SET. A zero is left out of the tree. */
function valueSet({ args }: Fields): string {
  const [first] = (args ?? []) as Constant[];
  const { sval, ival } = first?.A_Const ?? {};
  return sval?.sval ?? (ival ? String(ival.ival ?? 0) : '');
}

/** Whether a statement gives rows to whoever sends it: nobody is to keep them. */
export function givesRows(kind: string, node: unknown): boolean {
  const { returningList, returningClause } = (node ?? {}) as Fields;
  if (kind === 'SelectStmt') return true;
  return returningList !== undefined || returningClause !== undefined;
}

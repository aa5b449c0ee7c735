import {
  type Isolation,
  LEVELS,
  type ReadOnlyStretch,
  type TransactionModes,
} from '../../migrations/script/modes.ts';
import { optionOf } from './options.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Follows what a file says of the modes of its transactions, in the order of its statements. */
export interface ModesWatch {
  /** A BEGIN with its modes. */
  begin(options: unknown): void;
  /** Whether a statement only sets modes before anything else is done: then they belong into the BEGIN. */
  sets(kind: string, node: unknown): boolean;
  /** A statement that is to run. */
  keep(kind: string, node: unknown): void;
  /** A COMMIT, or the end of the file. */
  end(): void;
  modes(): TransactionModes | undefined;
}

interface Asked {
  isolation?: Isolation;
  readOnly?: boolean;
  deferrable?: boolean;
}

/** All of a file is one transaction: the strongest isolation that a part of it asks for holds for the whole. */
export function watchModes(): ModesWatch {
  const stretches: ReadOnlyStretch[] = [];
  let isolation: Isolation | undefined;
  let isDeferrable = false;
  let kept = 0;
  let from = 0;
  let asked: Asked = {};
  let turnsReadOnly = false;

  const end = () => {
    if (asked.isolation && (!isolation || LEVELS.indexOf(asked.isolation) > LEVELS.indexOf(isolation)))
      isolation = asked.isolation;
    isDeferrable ||= asked.deferrable === true;
    if (kept > from && (asked.readOnly || turnsReadOnly))
      stretches.push({ from, to: kept, isDeclared: asked.readOnly === true });
    from = kept;
    asked = {};
    turnsReadOnly = false;
  };
  return {
    begin: (options) => {
      end();
      asked = modesIn(options);
    },
    sets: (kind, node) => {
      const found = kept === from ? modesSet(kind, node) : undefined;
      if (found) asked = { ...asked, ...found };
      return found !== undefined;
    },
    keep: (kind, node) => {
      kept++;
      turnsReadOnly ||= modesSet(kind, node)?.readOnly === true;
    },
    end,
    modes: () => {
      const made: TransactionModes = {
        ...(isolation && isolation !== 'read committed' && { isolation }),
        ...(isDeferrable && { deferrable: true as const }),
        ...(stretches.length > 0 && { readOnly: stretches }),
      };
      return Object.keys(made).length > 0 ? made : undefined;
    },
  };
}

/** What SET TRANSACTION, or a SET of one of its settings, asks for; nothing for another statement, or another value. */
function modesSet(kind: string, node: unknown): Asked | undefined {
  const { kind: verb, name, args } = (node ?? {}) as Fields;
  if (kind !== 'VariableSetStmt') return undefined;
  if (verb === 'VAR_SET_MULTI' && name === 'TRANSACTION') return modesIn(args);
  if (verb !== 'VAR_SET_VALUE') return undefined;
  const [arg] = args as unknown[];
  const found = modesIn([{ DefElem: { defname: String(name).toLowerCase(), arg } }]);
  return Object.keys(found).length > 0 ? found : undefined;
}

function modesIn(options: unknown): Asked {
  const level = text(optionOf(options, 'transaction_isolation')?.arg)?.toLowerCase();
  const isolation = LEVELS.find((one) => one === level);
  const readOnly = flag(optionOf(options, 'transaction_read_only')?.arg);
  const deferrable = flag(optionOf(options, 'transaction_deferrable')?.arg);
  return {
    ...(isolation && { isolation }),
    ...(readOnly !== undefined && { readOnly }),
    ...(deferrable !== undefined && { deferrable }),
  };
}

interface Constant {
  readonly A_Const?: {
    readonly sval?: { readonly sval?: string };
    readonly ival?: { readonly ival?: number };
  };
}

function text(arg: unknown): string | undefined {
  return (arg as Constant | undefined)?.A_Const?.sval?.sval;
}

/** As Postgres reads it: also the beginning of a word. A zero is left out of the tree. */
function flag(arg: unknown): boolean | undefined {
  const number = (arg as Constant | undefined)?.A_Const?.ival;
  const word = number ? String(number.ival ?? 0) : text(arg);
  if (word === undefined) return undefined;
  if (/^(?:1|on|y(?:es?)?|t(?:r(?:ue?)?)?)$/i.test(word)) return true;
  return /^(?:0|off?|no?|f(?:a(?:l(?:se?)?)?)?)$/i.test(word) ? false : undefined;
}

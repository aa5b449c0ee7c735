import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { Difference } from '../../plan/differences.ts';
import type { FindingCode, ProveFinding } from '../../reports/prove.ts';
import { redact } from '../../secrets/redact.ts';
import {
  DUPLICATE_COLUMN,
  DUPLICATE_FUNCTION,
  DUPLICATE_OBJECT,
  DUPLICATE_SCHEMA,
  DUPLICATE_TABLE,
} from '../explain/sqlstates.ts';
import type { Failed } from './run-script.ts';

/** Where a statement of a file begins. */
export function placeOf(script: Script, index: number) {
  const statement = script.statements[Math.max(0, Math.min(index, script.statements.length - 1))];
  const location = locate(script.file, script.text, statement?.start ?? 0);
  return { location, excerpt: excerpt(script.text, location) };
}

/** A failure as a report has it. */
export function errorOf(
  script: Script,
  { index, error }: Failed,
): NonNullable<ProveFinding['error']> & { readonly sqlstate: string } {
  return { sqlstate: error.code, message: redact(error.message), location: placeOf(script, index).location };
}

/** What makes a finding about a statement. */
export interface Blamed {
  readonly script: Script;
  /** Which statement, from 0. */
  readonly index: number;
  readonly failed?: Failed;
  readonly differences?: readonly Difference[];
  readonly after?: readonly number[];
}

/** What to do about a finding, by its code; for a failure the words of the server may say more. */
const HINTS: Readonly<Partial<Record<FindingCode, string>>> = {
  'rerun-damages':
    'Let it ask whether its work is done already: one DO block around what belongs together, or a condition that is false the second time.',
  'stuck-half-way':
    'Let it take away, or make, only what is there: DROP ... IF EXISTS, CREATE ... IF NOT EXISTS. In one transaction it cannot stop there: psql -1, or registry-jobs up.',
  'stop-damages': 'Put what belongs together into one statement, such as a DO block.',
  'late-fails':
    'Let it look whether newer files have taken its place: to_regclass(...) IS NULL in a DO block.',
  'overwrites-successor':
    'Let it make only what is not there, or move what has changed into a repeatable file, R_title.sql, which is always the newest.',
  'down-fails': 'Undo in the reverse order of the up file, and what depends on it first.',
  'down-differs': 'Let the down file undo each statement of the up file.',
  'up-again-fails': 'Let the down file undo each statement of the up file.',
};

const EXISTS: ReadonlySet<string> = new Set([
  DUPLICATE_TABLE,
  DUPLICATE_OBJECT,
  DUPLICATE_COLUMN,
  DUPLICATE_FUNCTION,
  DUPLICATE_SCHEMA,
]);

function hintFor(code: FindingCode, failed: Failed | undefined): string | undefined {
  if (code === 'rerun-fails')
    return failed && EXISTS.has(failed.error.code)
      ? 'Say IF NOT EXISTS or OR REPLACE; where Postgres has neither, ask the catalog in a DO block.'
      : 'Let it look whether its work is done already.';
  return HINTS[code];
}

export function finding(code: FindingCode, message: string, blamed: Blamed): ProveFinding {
  const { script, index, failed, differences = [], after } = blamed;
  const hint = hintFor(code, failed);
  return {
    code,
    message,
    ...placeOf(script, index),
    ...(after && { after }),
    ...(failed && { error: errorOf(script, failed) }),
    differences,
    ...(hint !== undefined && { hint }),
  };
}

/** Whether all that differs is the order of columns, which a table that was made anew may have otherwise. */
export function isOrderOnly(differences: readonly Difference[]): boolean {
  return differences.length > 0 && differences.every(({ property }) => property === 'order of columns');
}

/** Whether it is another effect of a cause that is told: the same error at the same place, or the same damage. */
export function isKnown(found: ProveFinding, known: readonly ProveFinding[]): boolean {
  const causeOf = ({ error, differences }: ProveFinding) =>
    JSON.stringify(error ? [error.sqlstate, error.message, error.location] : differences);
  return known.some((one) => causeOf(one) === causeOf(found));
}

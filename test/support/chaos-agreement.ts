import { isDeepStrictEqual } from 'node:util';
import type { Statement } from '../../lib/migrations/script/statement.ts';
import { ledgerAfter, type Reference, type Step, scriptOfMove } from './chaos-reference.ts';
import { type ChaosState, type Content, INVALID, type JournalLine, VALID } from './chaos-state.ts';

/** How far a journey has come. */
export interface Position {
  /** How many of its moves are done. */
  readonly done: number;
  /** The move after those, where it runs without a transaction and was begun. */
  readonly half?: HalfDone;
}

export interface HalfDone {
  readonly step: Step;
  /** How many of its statements the journal calls done. */
  readonly done: number;
  /** Whether the journal says of the next one that nobody knows. */
  readonly uncertain: boolean;
  /** Whether it was killed: then nobody has asked the catalog yet whether the next one is done. */
  readonly wasKilled: boolean;
}

export const START: Position = { done: 0 };

/**
 * Ledger, journal and catalog agree: the journal is a beginning of the journey, the ledger is as after it, and everything in the
 * database is as after exactly these moves, and exactly these statements of the one that is half done. So none is there in part, twice,
 * or without its row. Only of what is called uncertain there may be a part.
 *
 * @returns how far it has come
 */
export function checkAgreement(state: ChaosState, reference: Reference): Position {
  const { journey, steps, last } = reference;
  const { journal = [], ledger, content } = state;
  const made = journal.filter(({ status }) => status === 'applied').map(nameOf);
  const path = [...journey.before, ...journey.moves].map(nameOf);
  if (!isDeepStrictEqual(made, path.slice(0, made.length)) || made.length < journey.before.length) {
    throw new Error(`The journal says that these were applied: ${made.join(', ')}.`);
  }
  const done = made.length - journey.before.length;
  const versions = ledger.map(({ version }) => version);
  if (!isDeepStrictEqual(versions, ledgerAfter(journey, done))) {
    throw new Error(`After ${made.at(-1) ?? 'nothing'} the ledger holds ${versions.join(', ')}.`);
  }
  for (const row of ledger) {
    const migration = journey.compiled.migrations.find(({ version }) => version === row.version);
    if (row.ordered !== true || row.checksum !== migration?.up.checksum) {
      throw new Error(`The ledger's row is not complete: ${JSON.stringify(row)}.`);
    }
  }
  for (const row of journal) checkRow(row, reference);
  const half = findHalf(journal, steps[done]);
  if (half) checkHalf(half, content);
  else {
    const name = made.at(-1) ?? 'nothing';
    same(
      content,
      [steps[done]?.contents[0] ?? last],
      `The journal ends with ${name}, but the database does not`,
    );
  }
  return { done, ...(half && { half }) };
}

const nameOf = ({ version, direction }: { version: string; direction: string }) => `${version} ${direction}`;

/** The newest attempt at each version says whether it is half done. */
function findHalf(journal: readonly JournalLine[], step: Step | undefined): HalfDone | undefined {
  const newest = new Map(journal.map((row) => [row.version, row]));
  const open = [...newest.values()].filter(({ status, transaction }) => status !== 'applied' && !transaction);
  const [row] = open;
  if (!row) return undefined;
  if (open.length > 1 || !step || nameOf(row) !== nameOf(step)) {
    throw new Error(`These are called half done: ${open.map(nameOf).join(', ')}.`);
  }
  const wasKilled = row.status !== 'failed';
  return { step, done: row.done, uncertain: row.uncertain, wasKilled };
}

function checkHalf({ step, done, uncertain, wasKilled }: HalfDone, content: Content): void {
  const { script, contents, parts } = step;
  const what = `${done} of ${script.statements.length} statements of ${script.file} are called done`;
  const [now = [], next] = contents.slice(done);
  const statement = script.statements[done];
  if (uncertain) {
    if (statement?.outside !== 'partial') throw new Error(`${what}, and the next one uncertain: it is not.`);
    const possible = [now, ...(parts.get(done) ?? []), ...(next ? [next] : [])];
    same(content, possible, `${what}, and the next one in part, but the database says`);
    return;
  }
  // What an interrupted statement leaves is looked for, and taken away, by whoever goes on.
  const leaves = statement?.leaves !== undefined;
  const possible = leaves && wasKilled && next ? [now, next] : [now];
  same(statement && leaves ? withoutLeftovers(content, statement) : content, possible, what);
}

/**
 * Leaves out the invalid indexes that this very statement leaves where it is interrupted, and no others. One that is half dropped was
 * valid before.
 */
function withoutLeftovers(content: Content, { leaves }: Statement): Content {
  const mayLeave = (name: string) => {
    if (leaves?.kind === 'reindex') return /_cc(new|old)\d*$/.test(name);
    return leaves?.kind !== 'detach' && leaves?.name === name.split('.').at(-1);
  };
  const left = content.flatMap((line) => {
    const name = line.endsWith(` ${INVALID}`) ? /^index (\S+) /.exec(line)?.[1] : undefined;
    return name && mayLeave(name) ? [name] : [];
  });
  if (leaves?.kind === 'drop-index') {
    const start = `index ${left[0]} `;
    const asBefore = (line: string) => `${line.slice(0, -INVALID.length)}${VALID}`;
    return content.map((line) => (line.startsWith(start) ? asBefore(line) : line)).toSorted();
  }
  return content.filter((line) => {
    if (leaves?.kind === 'reindex' && line.startsWith('toast index ')) return false;
    return !left.some((name) =>
      [`index ${name} `, `relation i ${name} `, `owner ${name} `, `column ${name}.`].some((start) =>
        `${line} `.startsWith(start),
      ),
    );
  });
}

function checkRow(row: JournalLine, { journey }: Reference): void {
  const move = [...journey.before, ...journey.moves].find((it) => nameOf(it) === nameOf(row));
  const script = move && scriptOfMove(journey, move);
  const isRight =
    ['running', 'applied', 'failed', 'interrupted'].includes(row.status) &&
    row.checksum === script?.checksum &&
    row.file === script.file &&
    row.transaction === script.directives.transaction &&
    row.statements === script.statements.length &&
    row.done <= row.statements &&
    !(row.uncertain && (row.transaction || row.status === 'applied')) &&
    (row.status === 'running' ? row.ordered === null : row.ordered === true) &&
    (row.status !== 'applied' || (row.done === row.statements && row.error === null)) &&
    (row.status !== 'failed' || row.error !== null);
  if (!isRight) throw new Error(`The journal's row is wrong: ${JSON.stringify(row)}.`);
}

function same(found: Content, possible: readonly Content[], otherwise: string): void {
  if (possible.some((content) => isDeepStrictEqual(found, content))) return;
  throw new Error(`${otherwise}:\n${possible.map((content) => difference(found, content)).join('\n or\n')}`);
}

function difference(found: Content, expected: Content): string {
  const lines = tallied(found, expected).map(
    ({ has, wants, line }) => `  ${has} instead of ${wants}: ${line}`,
  );
  return lines.slice(0, 12).join('\n');
}

/** The lines that are there more often, or less often, than they should be. */
export function tallied(
  found: Content,
  expected: Content,
): { readonly line: string; readonly has: number; readonly wants: number }[] {
  const [there, wanted] = [tally(found), tally(expected)];
  return [...new Set([...found, ...expected])]
    .map((line) => ({ line, has: there.get(line) ?? 0, wants: wanted.get(line) ?? 0 }))
    .filter(({ has, wants }) => has !== wants);
}

function tally(lines: Content): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

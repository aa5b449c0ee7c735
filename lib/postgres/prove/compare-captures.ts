import { compareSnapshots, type Difference } from '../../plan/differences.ts';
import type { Capture, TableData } from './capture.ts';

/** Columns whose values differ by nature: between two equal runs. By table. */
export type Natural = ReadonlyMap<string, ReadonlySet<string>>;

export const NOTHING_NATURAL: Natural = new Map();

/** What differs between two captures, sorted. Pure. */
export function differencesOf(
  before: Capture,
  after: Capture,
  natural: Natural = NOTHING_NATURAL,
): Difference[] {
  return [
    ...compareSnapshots(before.catalog, after.catalog),
    ...dataDifferences(before.data, after.data, natural),
  ];
}

/** What differs in the data of two captures, by table. Pure. */
export function dataDifferences(
  before: ReadonlyMap<string, TableData>,
  after: ReadonlyMap<string, TableData>,
  natural: Natural = NOTHING_NATURAL,
): Difference[] {
  const found: Difference[] = [];
  for (const [name, was] of [...before].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const is = after.get(name);
    // A table that is gone, or new, is told of the catalog.
    if (!is || (was.rows === is.rows && was.hash === is.hash)) continue;
    if (was.rows !== is.rows) {
      found.push({ kind: 'rows', name, before: String(was.rows), after: String(is.rows) });
      continue;
    }
    const masked = natural.get(name);
    const columns = changedColumns(was, is).filter((column) => !masked?.has(column));
    // Each value is there as before, in other rows.
    const isShuffled = columns.length === 0 && !masked && sameColumns(was, is);
    if (columns.length > 0 || isShuffled)
      found.push({
        kind: 'rows',
        name,
        property: isShuffled ? 'which values stand together' : columns.join(', '),
      });
  }
  return found;
}

/** Columns that both have, and whose values differ. */
export function changedColumns(one: TableData, other: TableData): string[] {
  return Object.keys(one.columns).filter(
    (column) => column in other.columns && one.columns[column] !== other.columns[column],
  );
}

function sameColumns(one: TableData, other: TableData): boolean {
  return Object.keys(one.columns).join('\0') === Object.keys(other.columns).join('\0');
}

/** Without the columns that were changed between two looks at one and the same database, unless they hold times. Pure. */
export function unlessOverwritten(
  natural: Natural,
  before: Capture['data'],
  after: Capture['data'],
): Natural {
  const left = [...natural].map(([name, columns]) => {
    const [was, is] = [before.get(name), after.get(name)];
    const changed = new Set(was && is && was.rows === is.rows ? changedColumns(was, is) : []);
    const stays = [...columns].filter((column) => !changed.has(column) || is?.times?.includes(column));
    return [name, new Set(stays)] as const;
  });
  return new Map(left.filter(([, columns]) => columns.size > 0));
}

/** What differs between equal runs. Pure. */
export function naturalOf(...pairs: readonly (readonly [Capture, Capture])[]): Natural {
  const natural = new Map<string, Set<string>>();
  for (const [one, other] of pairs)
    for (const [name, data] of one.data) {
      const again = other.data.get(name);
      if (!again || data.rows !== again.rows) continue;
      for (const column of changedColumns(data, again)) {
        const known = natural.get(name) ?? new Set();
        natural.set(name, known.add(column));
      }
    }
  return natural;
}

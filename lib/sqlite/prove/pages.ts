import type { DatabaseSync } from 'node:sqlite';
import type { State } from './state.ts';

/** A table that takes more than is compared row by row. */
export interface LargeTable {
  /** In the state where it takes more. */
  readonly bytes: number;
  /** Whether it takes the same pages in both, byte for byte: then its rows are the same. */
  readonly isSame: boolean;
}

interface Pages {
  readonly bytes: number;
  readonly root: number;
  readonly numbers: readonly number[];
}

/**
 * Tables whose rows take more than so many bytes in one of two states, with their pages compared: that takes as long as to read them once,
 * where to compare rows sorts them.
 *
 * @param database holds the one state as `main`, the other as `other`
 */
export function largeTables(
  database: DatabaseSync,
  [one, other]: readonly [State, State],
  upTo: number,
): Map<string, LargeTable> {
  if (upTo === Infinity) return new Map();
  const [before, after] = [readPages(database, 'main'), readPages(database, 'other')];
  const names = new Set([...before, ...after].filter(([, { bytes }]) => bytes > upTo).map(([name]) => name));
  return new Map(
    [...names].map((name) => {
      const [was, is] = [before.get(name), after.get(name)];
      const bytes = Math.max(was?.bytes ?? 0, is?.bytes ?? 0);
      return [name, { bytes, isSame: was !== undefined && is !== undefined && isSame(one, was, other, is) }];
    }),
  );
}

/** By the names of the tables; a virtual one has none of its own. */
function readPages(database: DatabaseSync, schema: 'main' | 'other'): Map<string, Pages> {
  const rows = database
    .prepare(
      `SELECT m.name, m.rootpage AS root, sum(d.pgsize) AS bytes, group_concat(d.pageno) AS pages
        FROM ${schema}.sqlite_master m JOIN dbstat(?) d ON d.name = m.name WHERE m.type = 'table' GROUP BY m.name, m.rootpage`,
    )
    .all(schema);
  return new Map(
    rows.map(({ name, root, bytes, pages }) => {
      const numbers = String(pages).split(',').map(Number);
      return [String(name), { bytes: Number(bytes), root: Number(root), numbers: numbers.sort(ascending) }];
    }),
  );
}

function ascending(one: number, other: number): number {
  return one - other;
}

function isSame(one: State, was: Pages, other: State, is: Pages): boolean {
  const size = pageSize(one);
  if (size !== pageSize(other) || was.root !== is.root || was.numbers.length !== is.numbers.length)
    return false;
  const [before, after] = [
    Buffer.from(one.buffer, one.byteOffset),
    Buffer.from(other.buffer, other.byteOffset),
  ];
  return was.numbers.every((number, index) => {
    const [start, end] = [(number - 1) * size, number * size];
    return is.numbers[index] === number && before.compare(after, start, end, start, end) === 0;
  });
}

/** Where the format of a file says how large a page is; 1 stands for 65536. */
function pageSize(state: State): number {
  const size = ((state[16] ?? 0) << 8) | (state[17] ?? 0);
  return size === 1 ? 65536 : size;
}

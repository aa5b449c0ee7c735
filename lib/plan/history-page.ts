import type { JournalRow } from './known.ts';

/** Some attempts, newest first, and where those before them begin. */
export interface HistoryPage {
  readonly attempts: readonly JournalRow[];
  /** Where to go on: the last one's beginning and key. Absent where there are no older ones. */
  readonly next?: string;
}

/** A place in the journal: rows that began earlier come after it, and of those that began in the same moment the ones of a greater key. */
export interface HistoryPlace {
  /** As the journal has it. */
  readonly startedAt: string;
  readonly key: string;
}

/** A time of the journal and a key, in one word that can be pasted: `2026-11-28T09:00:01.123456/8f0c...`. */
const PLACE = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?)\/([\w-]{1,40})$/;

/** Reads what {@link showPlace} wrote; undefined for anything else. Pure. */
export function parsePlace(text: string): HistoryPlace | undefined {
  const [, startedAt, key] = PLACE.exec(text) ?? [];
  return startedAt === undefined || key === undefined ? undefined : { startedAt, key };
}

/** One word for a place. Pure. */
function showPlace({ startedAt, key }: HistoryPlace): string {
  return `${startedAt}/${key}`;
}

/** A page out of rows that were read with one more than is asked for, which tells that there are older ones. Pure. */
export function pageOf<Row>(
  rows: readonly Row[],
  most: number,
  placeOf: (row: Row) => HistoryPlace,
  read: (rows: readonly Row[]) => readonly JournalRow[],
): HistoryPage {
  const kept = rows.slice(0, most);
  const last = kept.at(-1);
  const attempts = read(kept);
  return rows.length > most && last !== undefined
    ? { attempts, next: showPlace(placeOf(last)) }
    : { attempts };
}

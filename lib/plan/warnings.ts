import type { ErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import { isNumbered, type Migration, NEW_FILE_HEADER } from '../migrations/migration.ts';
import { sentence } from '../text/format.ts';
import { problem } from './error.ts';
import type { LedgerRow } from './known.ts';
import { rerunWarnings } from './rerun-warning.ts';

/** From here on a number is a date or a time, or at least not counted by one. */
const LARGE = 100_000n;

/**
 * In 001, 002, 004 a file may have been forgotten. Versions that are dates have gaps by nature, and so has what is counted by tens: only
 * where most files follow their forerunner by one does a larger step say anything.
 */
export function gaps(migrations: readonly Migration[]): WarningReport[] {
  const plain = migrations
    .filter(({ style }) => style === 'plain')
    .filter(isNumbered)
    .filter(({ number }) => BigInt(number) < LARGE);
  const found: WarningReport[] = [];
  plain.forEach((migration, index) => {
    const before = plain[index - 1];
    if (!before || BigInt(migration.number) - BigInt(before.number) <= 1n) return;
    found.push({ code: 'gap', message: `Nothing between ${before.up.file} and ${migration.up.file}.` });
  });
  return plain.length === 2 || found.length * 2 <= plain.length - 1 ? found : [];
}

/** A way back that cannot be gone is no hindrance until somebody wants to go it. */
export function brokenWaysBack(migrations: readonly Migration[]): WarningReport[] {
  return migrations.flatMap(({ downProblem: problem }) => {
    if (!problem) return [];
    const at = problem.location;
    const place = at ? `${at.file}:${at.line}:${at.column}: ` : '';
    return [
      {
        code: 'down-broken',
        message: `${place}${sentence(problem.message)} Only going down needs this file.`,
      },
    ];
  });
}

/** Files without a statement that do not say that it is meant so. */
function unsaid(migrations: readonly Migration[]): Migration[] {
  return migrations.filter(({ up }) => up.statements.length === 0 && !up.directives.empty);
}

/** Pairs of golang-migrate may be empty on purpose; what `new` has made is a file that somebody is about to fill. */
function isUnfilled({ style, up }: Migration): boolean {
  return style !== 'versioned' || up.text.startsWith(NEW_FILE_HEADER);
}

/** A file that would be recorded before it is written: filled afterwards, it would never run. */
export function unfilled(pending: readonly Migration[]): ErrorReport[] {
  return unsaid(pending)
    .filter(isUnfilled)
    .map(({ up }) =>
      problem(
        'empty',
        `${up.file} holds no statement.`,
        'Write what it is to do. If it is to do nothing, begin it with: -- registry-jobs: empty',
      ),
    );
}

const IF_MEANT = 'If that is meant, begin it with "-- registry-jobs: empty".';

export function empties(pending: readonly Migration[]): WarningReport[] {
  return unsaid(pending)
    .filter((migration) => !isUnfilled(migration))
    .map(({ up }) => ({
      code: 'empty',
      message: `${up.file} holds no statement; it is recorded and does nothing. ${IF_MEANT}`,
    }));
}

/** Whether a way back takes nothing back: golang-migrate lets a migration that cannot be undone have such a one. */
function isEmptyWayBack({ down }: Migration): boolean {
  return down?.statements.length === 0 && down.expectations.length === 0;
}

/** A way back that does nothing, and does not say that it is meant so: what its up file made stays. */
export function emptyWaysBack(migrations: readonly Migration[]): WarningReport[] {
  return migrations
    .filter((migration) => isEmptyWayBack(migration) && !migration.down?.directives.empty)
    .map(({ up, down }) => ({
      code: 'empty',
      message: `${down?.file} holds no statement: it undoes nothing. Its record is taken away, and what ${up.file} made stays. ${IF_MEANT}`,
    }));
}

/**
 * A file does no harm when it runs twice in a row. Run again later, it may undo what newer ones did to its work: which of
 * them, and what to run after it, as far as the text of the statements tells.
 */
export function lateReruns(
  migrations: readonly Migration[],
  rerun: ReadonlySet<Migration>,
  rows: ReadonlyMap<string, LedgerRow>,
): WarningReport[] {
  const applied = migrations.filter(({ version }) => rows.has(version));
  const isLate = (migration: Migration) =>
    isNumbered(migration) &&
    rows.has(migration.version) &&
    applied.filter(isNumbered).some(({ number }) => BigInt(number) > BigInt(migration.number));
  const known = rerunWarnings(
    applied,
    [...rerun].map(({ version }) => version),
  );
  const isKnown = new Set(known.map(({ version }) => version));
  const others = [...rerun].filter((migration) => isLate(migration) && !isKnown.has(migration.version));
  return [
    ...known.map(({ code, message }) => ({ code, message })),
    ...others.map(
      ({ up }): WarningReport => ({
        code: 'late-rerun',
        message: `${up.file} runs again though newer files are applied: what they replaced of it, it brings back.`,
      }),
    ),
  ];
}

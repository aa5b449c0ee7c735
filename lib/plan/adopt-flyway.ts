import { isNumbered, type Migration } from '../migrations/migration.ts';
import { type LedgerPlan, refused } from './ledger.ts';

type Row = Readonly<Record<string, unknown>>;

/** What the last row of a version says: applied, undone or deleted (`repair` of a migration that is gone). */
interface Standing {
  readonly version: string;
  readonly isApplied: boolean;
}

/**
 * What Flyway's history means for our files. It has a row for everything that was ever done, undoing included, so
 * the last row of a version counts. Pure.
 *
 * @param rows in the order in which they were installed
 */
export function planAdoptFlyway(migrations: readonly Migration[], rows: readonly Row[]): LedgerPlan {
  const failed = rows.find(({ success }) => success === false);
  if (failed) {
    const what =
      typeof failed.version === 'string' ? `version ${failed.version}` : `${failed.script ?? 'a script'}`;
    return refused(
      'dirty',
      `Flyway says that ${what} failed.`,
      'Mend the database, and run its own "repair" first.',
    );
  }
  const standings = standingsOf(rows);
  const baseline = rows.findLast(({ type }) => /BASELINE$/.test(String(type)))?.version;
  const numbered = migrations.filter(isNumbered);
  const applied = standings.filter(({ isApplied }) => isApplied).map(({ version }) => version);
  const undone = standings.filter(({ isApplied }) => !isApplied).map(({ version }) => version);
  const numbers = new Set(applied.map(numberOf));
  // 1 comes before 1.1, and 2 after it.
  const [upTo] = /^\d+/.exec(String(baseline ?? '')) ?? [];
  const isCovered = (number: string) => upTo !== undefined && BigInt(number) <= BigInt(upTo);
  const changes = numbered
    .filter(({ number }) => numbers.has(number) || isCovered(number))
    .map(({ version, up }) => ({ version, action: 'record', file: up.file }) as const);
  const files = new Set(numbered.map(({ number }) => number));
  const hasFile = (number: string | undefined) => number !== undefined && files.has(number);
  const unmatched = applied.filter((version) => !hasFile(numberOf(version)) && version !== baseline);
  return {
    changes,
    problems: [],
    notes: [
      'Flyway keeps its own table; it is left as it is.',
      ...(baseline === undefined || baseline === null
        ? []
        : [`Its baseline is ${baseline}: what comes up to there was in the database before Flyway.`]),
      ...(undone.length > 0
        ? [`It undid or deleted these versions, so they are pending: ${undone.join(', ')}.`]
        : []),
      ...(unmatched.length > 0 ? [`No file has the number of these versions: ${unmatched.join(', ')}.`] : []),
    ],
  };
}

function standingsOf(rows: readonly Row[]): Standing[] {
  const last = new Map<string, Standing>();
  for (const { version, type } of rows) {
    if (typeof version !== 'string') continue;
    // `1` and `001` are one version to Flyway.
    last.set(numberOf(version) ?? version, { version, isApplied: !/^(UNDO|DELETE)/.test(String(type)) });
  }
  return [...last.values()];
}

/** Versions of Flyway may have parts, as 1.1; such a one is the number of no file. */
function numberOf(version: string): string | undefined {
  return /^\d+$/.test(version) ? BigInt(version).toString() : undefined;
}

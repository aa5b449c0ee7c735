import type { Migration } from '../migrations/migration.ts';
import type { Script } from '../migrations/script/statement.ts';
import { isReversible } from './task.ts';

/** What is asked of each file, by the names of the checks. */
export interface Asked {
  readonly checks: ReadonlySet<string>;
  /** After how many statements a file is stopped at the most. */
  readonly mostStops: number;
}

/** What is done once for a file, however short it is, in plain statements: measured, roughly, as the others are. */
const FILE = 200;

/** A look at what a trial has left, and what makes a session as good as new for the next script. */
const LOOK = 1;
const CLEANING = 10;

/** What makes files on the disk, or asks before it does something, takes as long as four others. */
const HEAVY = 4;
const HEAVY_KINDS: ReadonlySet<string> = new Set([
  'CreateStmt',
  'CreateTableAsStmt',
  'DoStmt',
  'IndexStmt',
  'ViewStmt',
]);

/** From this much work on, what another server takes away is more than it takes to start and to run all files there as well. */
const WORTH_ANOTHER = 5_000;

function workOfRun({ statements }: Pick<Script, 'statements'>): number {
  return statements.reduce((sum, { kind }) => sum + (HEAVY_KINDS.has(kind) ? HEAVY : 1), 0);
}

/** How much work it is to judge a file, in plain statements that are run. An estimate. Pure. */
export function workOf(migration: Migration, { checks, mostStops }: Asked): number {
  const { up, down, style } = migration;
  const run = workOfRun(up) + LOOK;
  const again = style === 'versioned' ? 0 : Number(checks.has('twice'));
  const stops = again > 0 && checks.has('stopped') ? Math.min(mostStops, up.statements.length) : 0;
  const back = down && isReversible(migration) && checks.has('down') ? 3 * run + workOfRun(down) : 0;
  return FILE + (1 + again + stops) * run + back + (checks.has('late') ? run : 0);
}

/** How much work it is to run scripts once more, of which most find their work done. An estimate. Pure. */
export function workOfRuns(scripts: readonly Pick<Script, 'statements'>[]): number {
  return scripts.reduce((sum, { statements }) => sum + statements.length + CLEANING, 0);
}

/** How many servers are worth it, of as many as there may be. Pure. */
export function worthwhile(judged: readonly Migration[], asked: Asked, most: number): number {
  const work = judged.reduce((sum, one) => sum + workOf(one, asked), 0);
  return Math.max(1, Math.min(most, judged.length, 1 + Math.floor(work / WORTH_ANOTHER)));
}

/**
 * Shares files out: each goes to whoever has least so far, the most work first. It depends on nothing but the files, so that one run is as the
 * other. Pure.
 *
 * @param others what each lane has to do beside it, in statements
 * @returns the versions of each lane
 */
export function shareOut(
  judged: readonly Migration[],
  asked: Asked,
  others: readonly number[],
): readonly ReadonlySet<string>[] {
  const shares = others.map((work) => ({ work, versions: new Set<string>() }));
  const sized = judged.map((one) => ({ version: one.version, work: workOf(one, asked) }));
  // Of equal ones, the earlier first: the sort is stable.
  for (const { version, work } of sized.sort((one, other) => other.work - one.work)) {
    const least = shares.reduce((one, other) => (other.work < one.work ? other : one));
    least.versions.add(version);
    least.work += work;
  }
  return shares.map(({ versions }) => versions);
}

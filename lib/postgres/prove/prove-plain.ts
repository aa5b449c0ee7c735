import type { Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { chooseStops, describeSample } from '../../plan/stops.ts';
import type { CheckResult, ProveFinding, ProveLock, ProveNote, ProveTiming } from '../../reports/prove.ts';
import type { QueryResult } from '../session/connection.ts';
import type { ProveContext } from './context.ts';
import { finding, placeOf } from './findings.ts';
import { lackOf, madeRole, missingRole, noRows } from './lacks.ts';
import { watchLocks } from './locks.ts';
import { lookAgain } from './look-again.ts';
import { OUTSIDE, runOneOutside } from './run-script.ts';
import { type Screening, screen } from './screen.ts';

/** What was shown of one file before it was applied. */
export interface Shown {
  readonly once: CheckResult;
  readonly twice: CheckResult;
  readonly stopped: CheckResult;
  readonly stops: { readonly tried: number; readonly failed: number };
  readonly locks: readonly ProveLock[];
  readonly timings?: readonly ProveTiming[];
  readonly findings: ProveFinding[];
  readonly notes: ProveNote[];
}

/** Runs a file once, twice, and stopped after each of its statements; leaves the database as it was. */
export async function proveFile(context: ProveContext, migration: Migration): Promise<Shown> {
  const { up } = migration;
  const isAlone = !up.directives.transaction;
  // A pair is not made to be run again over itself: its way back is.
  const stops = migration.style === 'versioned' ? [] : stopsOf(up, context);
  const screening = await withRoles(context, up, () =>
    isAlone ? withoutScreening(context, up, stops) : tryInTransaction(context, up, stops),
  );
  const asked = (check: 'twice' | 'stopped', result: CheckResult): CheckResult =>
    context.checks.has(check) ? result : 'not-asked';
  const large = context.large.take(up);
  const known = [...screening.notes, ...(stops.length > 0 ? large.notes : [])];
  const shown = (once: CheckResult, rest: CheckResult, more: Partial<Shown> = {}): Shown => ({
    ...{ once, twice: asked('twice', rest), stopped: asked('stopped', rest), stops: { tried: 0, failed: 0 } },
    ...{ locks: screening.locks, ...(screening.timings && { timings: screening.timings }) },
    ...{ findings: [], notes: known, ...more },
  });
  const { failed } = screening;
  if (failed) {
    const missing = lackOf(failed, up);
    if (missing) return shown('not-shown', 'not-shown', { notes: [...known, missing] });
    const found = finding('once-fails', 'It does not run.', { script: up, index: failed.index, failed });
    return shown('failed', 'not-shown', { findings: [found] });
  }
  if (stops.length === 0) return shown('ok', 'not-asked');
  const { findings, notes, bad } = await lookAgain(context, migration, screening.suspicious);
  notes.unshift(...known);
  const last = up.statements.length;
  const before = stops.filter((end) => end < last).length;
  if (context.checks.has('stopped') && before < last - 1) notes.push(sampled(up, before));
  // Where nothing was stopped nothing is open.
  const isLoose = large.isWritten && before > 0;
  return shown('ok', 'ok', {
    twice: asked('twice', bad.has(last) ? 'failed' : large.isWrittenAgain ? 'not-shown' : 'ok'),
    stopped: asked('stopped', [...bad].some((end) => end < last) ? 'failed' : isLoose ? 'not-shown' : 'ok'),
    // A stop after the last one is a second run.
    stops: { tried: before, failed: [...bad].filter((end) => end < last).length },
    findings,
    notes,
  });
}

type Screened = Screening & {
  readonly locks: readonly ProveLock[];
  readonly timings?: readonly ProveTiming[];
  readonly notes: readonly ProveNote[];
};

/** Tries it again with each role that is missing, where one may be made. */
async function withRoles(
  context: ProveContext,
  script: Script,
  attempt: () => Promise<Screened>,
): Promise<Screened> {
  const notes: ProveNote[] = [];
  for (;;) {
    const found = await attempt();
    const role = context.mayMakeRoles ? missingRole(found.failed) : undefined;
    if (role === undefined || notes.length >= MOST_ROLES)
      return { ...found, notes: [...notes, ...found.notes] };
    await context.stage.makeRole(role);
    notes.push(madeRole(role, script));
  }
}

const MOST_ROLES = 50;

async function tryInTransaction(
  { stage, leaveOut, large, isRealSize, onProgress, count }: ProveContext,
  script: Script,
  stops: readonly number[],
): Promise<Screened> {
  return stage.session(async (connection) => {
    const watch = await watchLocks(connection, script, leaveOut);
    let locks: readonly ProveLock[] = [];
    const idle: number[] = [];
    const last = script.statements.length - 1;
    const after = async (index: number, statement: Promise<QueryResult>) => {
      const [{ count: rows }] = await Promise.all([statement, watch.after(index)]);
      if (rows === 0 && WRITES.has(script.statements[index]?.kind ?? '')) idle.push(index);
      if (index === last) locks = await watch.held();
    };
    const onTrial = (done: number) =>
      onProgress({ file: script.file, check: 'stopped', done, of: stops.length });
    const { begin } = watch;
    const { watch: tables } = large;
    const found = await screen(connection, script, { stops, leaveOut, onTrial, begin, tables, after });
    count(1 + stops.length);
    const timings = isRealSize ? { timings: watch.timings() } : {};
    return {
      ...found,
      locks,
      ...timings,
      notes: found.failed ? [] : idle.map((index) => noRows(index, script)),
    };
  });
}

const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** What wants no transaction is tried on copies, and each stop is suspicious until it was. */
async function withoutScreening(
  { stage, isRealSize, count }: ProveContext,
  script: Script,
  stops: readonly number[],
): Promise<Screened> {
  count(1);
  const timings: ProveTiming[] = [];
  const failed = await stage.copy((session) =>
    session(async (connection) => {
      await connection.send(OUTSIDE);
      for (const [index, { line }] of script.statements.entries()) {
        const began = performance.now();
        const found = await runOneOutside(connection, script, index);
        if (found) return found;
        timings.push({ statement: index + 1, line, ms: performance.now() - began });
      }
      return undefined;
    }),
  );
  const common = { locks: [], notes: [], ...(isRealSize && { timings }) };
  if (failed) return { ...common, failed, suspicious: [] };
  return { ...common, suspicious: stops.map((end) => ({ end, differences: [] })) };
}

/**
 * After how many statements a file is stopped; after all of them is a second run. Where they are too many, those around what takes something
 * away come first.
 */
function stopsOf({ statements }: Script, { checks, mostStops: most }: ProveContext): number[] {
  const last = statements.length;
  const second = checks.has('twice') && last > 0 ? [last] : [];
  if (!checks.has('stopped')) return second;
  const isHarsh = (index: number) =>
    /^(Drop|Rename|Update|Delete|Insert|Alter|Truncate)/.test(statements[index]?.kind ?? '');
  return [...chooseStops(last, most, isHarsh), ...second];
}

function sampled(script: Script, tried: number): ProveNote {
  return {
    code: 'sampled',
    message: describeSample(tried, script.statements.length),
    location: placeOf(script, 0).location,
  };
}

import type { Script } from '../../migrations/script/statement.ts';
import type { Difference } from '../../plan/differences.ts';
import { cleanButPrepared, cleanSession } from '../session/clean-session.ts';
import type { Connection } from '../session/connection.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { type Capture, capture, captureData } from './capture.ts';
import {
  differencesOf,
  type Natural,
  NOTHING_NATURAL,
  naturalOf,
  unlessOverwritten,
} from './compare-captures.ts';
import type { ProveContext } from './context.ts';
import { beginOf, type Failed, firstFailure, OUTSIDE, runOutside, runWithin } from './run-script.ts';
import type { OpenSession, Stage } from './stage.ts';

/** A part of a trial: a script, or its first statements, in a session of its own. */
export interface Step {
  readonly script: Script;
  /** How many of its statements; all of them where it is left out. */
  readonly end?: number;
  /** In the session of the one before it, which is cleaned: so a run does with all files. */
  readonly goesOn?: boolean;
}

/** Scripts that are run one after the other in one session, as a run does. */
export function asOneRun(scripts: readonly Script[]): readonly Step[] {
  return scripts.map((script, index) => ({ script, goesOn: index > 0 }));
}

/** How much is looked at. A look at the catalog takes most of the time. */
export type Depth = 'all' | 'data';

/** What a trial ended with. */
export interface Tried {
  /** Where it stopped by itself. */
  readonly failed?: Failed & { readonly step: number };
  /** What it left, unless it failed. */
  readonly capture?: Capture;
}

/** What a trial has shown. */
export interface Verdict {
  readonly failed?: Failed & { readonly step: number };
  readonly differences: readonly Difference[];
  /** What differs between equal runs, by table: it was not looked at. */
  readonly natural: Natural;
}

/** Runs the steps on a copy as a person would: a whole file in one transaction, unless it wants none; a part of one as psql does it. */
export async function tryOnCopy(
  stage: Stage,
  steps: readonly Step[],
  leaveOut: readonly TableName[],
  what: Depth = 'all',
): Promise<Tried> {
  return stage.copy((session) => trySteps(session, steps, leaveOut, what));
}

/** Runs steps, and looks at what they leave: in the session of the last, which is as good as over by then. */
export async function trySteps(
  session: OpenSession,
  steps: readonly Step[],
  leaveOut: readonly TableName[],
  what: Depth = 'all',
): Promise<Tried> {
  for (let first = 0; first < steps.length; ) {
    const next = steps.findIndex(({ goesOn }, index) => index > first && !goesOn);
    const end = next < 0 ? steps.length : next;
    const tried = await session(async (connection): Promise<Tried> => {
      for (const [index, step] of steps.slice(first, end).entries()) {
        if (index > 0) for (const sql of BETWEEN) await connection.send(sql);
        const failed = await runStep(connection, step);
        if (failed) return { failed: { ...failed, step: first + index } };
      }
      if (end < steps.length) return {};
      for (const sql of ['ROLLBACK', ...cleanButPrepared]) await connection.send(sql);
      return { capture: await captureAlone(connection, leaveOut, what) };
    });
    if (tried.failed || tried.capture) return tried;
    first = end;
  }
  return {};
}

/** A session as good as new: what a run leaves alone in its own, its lock, is nobody's here. */
const BETWEEN = ['ROLLBACK', ...cleanSession([]), 'SELECT pg_catalog.pg_advisory_unlock_all()'];

/** Runs a step as a person would, and keeps what it did. */
export function runStep(connection: Connection, { script, end }: Step): Promise<Failed | undefined> {
  return script.directives.transaction && end === undefined
    ? runInTransaction(connection, script)
    : runByStatement(connection, script, end);
}

/** Runs a file in one transaction, and keeps what it did. What was put off until COMMIT is told of the last statement. */
async function runInTransaction(connection: Connection, script: Script): Promise<Failed | undefined> {
  await connection.send(beginOf(script));
  const failed = await runWithin(connection, script);
  if (failed) {
    await connection.send('ROLLBACK');
    return failed;
  }
  const putOff = await firstFailure([connection.send('COMMIT', { mayTakeMs: Infinity })]);
  return putOff && { ...putOff, index: script.statements.length - 1 };
}

async function runByStatement(
  connection: Connection,
  script: Script,
  end?: number,
): Promise<Failed | undefined> {
  await connection.send(OUTSIDE);
  return runOutside(connection, script, end);
}

/** Looks at a database as it is. Where only the data are asked for, the catalog is empty. */
export async function captureAlone(
  connection: Connection,
  leaveOut: readonly TableName[],
  what: Depth = 'all',
): Promise<Capture> {
  await connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE');
  const found =
    what === 'all'
      ? await capture(connection, leaveOut)
      : { catalog: new Map(), data: await captureData(connection, leaveOut) };
  await connection.send('ROLLBACK');
  return found;
}

/** Looks at the database of the trials as it is now. */
export function captureNow({ stage, leaveOut }: Pick<ProveContext, 'stage' | 'leaveOut'>): Promise<Capture> {
  return stage.session((connection) => captureAlone(connection, leaveOut));
}

/** What should be there, by which of two equal runs. Of the second one only the data are asked for. */
export type Expected = (run: 0 | 1) => Promise<Capture | undefined>;

/** What should be there, made when it is first asked for, and kept for the next trial. */
export function keepRuns(make: (what: Depth) => Promise<Capture | undefined>): Expected {
  const runs: Promise<Capture | undefined>[] = [];
  return (run) => (runs[run] ??= make(run === 0 ? 'all' : 'data'));
}

/**
 * How what should be there came about: by another run from the beginning (`apart`); by that, and the steps should leave what all but the last
 * of them have left (`before-last`); or it is what was there before the steps (`before`).
 */
export type Origin = 'apart' | 'before-last' | 'before';

/**
 * Tries something on copies, and compares with what should come of it. What differs between two equal runs differs by nature, unless it was
 * there before and is overwritten: then only a time may differ.
 */
export async function judge(
  stage: Stage,
  steps: readonly Step[],
  expected: Expected,
  leaveOut: readonly TableName[],
  origin: Origin = 'apart',
): Promise<Verdict> {
  const tried = await tryOnCopy(stage, steps, leaveOut);
  if (tried.failed) return { failed: tried.failed, differences: [], natural: NOTHING_NATURAL };
  const reference = await expected(0);
  if (!tried.capture || !reference) return { differences: [], natural: NOTHING_NATURAL };
  const differences = differencesOf(reference, tried.capture);
  if (!differences.some(({ kind }) => kind === 'rows')) return { differences, natural: NOTHING_NATURAL };
  const [again, other] = [await tryOnCopy(stage, steps, leaveOut, 'data'), await expected(1)];
  const differing = naturalOf(
    ...(again.capture ? ([[tried.capture, again.capture]] as const) : []),
    ...(other ? ([[reference, other]] as const) : []),
  );
  const around =
    origin === 'before'
      ? { before: reference.data, after: tried.capture.data }
      : origin === 'before-last' && differing.size > 0 && (await lookAroundLast(stage, steps, leaveOut));
  const natural = around ? unlessOverwritten(differing, around.before, around.after) : differing;
  return { differences: differencesOf(reference, tried.capture, natural), natural };
}

/** The data before and after the last step, on one copy; nothing where a step fails. */
async function lookAroundLast(stage: Stage, steps: readonly Step[], leaveOut: readonly TableName[]) {
  return stage.copy(async (session) => {
    const before = await trySteps(session, steps.slice(0, -1), leaveOut, 'data');
    const after = await trySteps(session, steps.slice(-1), leaveOut, 'data');
    return before.capture && after.capture && { before: before.capture.data, after: after.capture.data };
  });
}

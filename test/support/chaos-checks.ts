import { isDeepStrictEqual } from 'node:util';
import { MOST_FILES } from '../../lib/engine/ahead.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import { isPostgresError } from '../../lib/errors/postgres-error.ts';
import { PlanError } from '../../lib/plan/error.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import type { FailedReport } from '../../lib/reports/outcome.ts';
import type { HalfDone, Position } from './chaos-agreement.ts';
import type { Command } from './chaos-command.ts';
import type { Move } from './chaos-journey.ts';
import { ledgerAfter, type Reference } from './chaos-reference.ts';

/** What a run said before it ended, one way or another. */
export type Claim =
  | { readonly kind: 'report'; readonly report: MigrationReport }
  | { readonly kind: 'thrown'; readonly error: unknown }
  /** It was killed: all that is left is what it had announced as applied. */
  | { readonly kind: 'killed'; readonly announced: readonly Move[] };

/** Turns the end of a run into what it claims. */
export async function claimOf(run: Promise<MigrationReport>): Promise<Claim> {
  try {
    return { kind: 'report', report: await run };
  } catch (error) {
    return { kind: 'thrown', error };
  }
}

export const shown = (moves: readonly Move[]) =>
  moves.map(({ version, direction }) => `${version} ${direction}`).join(', ') || 'nothing';

/** The moves that were made between two positions. */
export function movesBetween({ journey }: Reference, before: Position, after: Position): readonly Move[] {
  return journey.moves.slice(before.done, after.done);
}

export interface Told {
  readonly command: Command;
  readonly claim: Claim;
  /** The server could not be asked, so the run may say that it does not know. */
  readonly mayBeUnknown?: boolean;
}

/** What a run that was alone said is what came to be. */
export function checkTruth(
  reference: Reference,
  before: Position,
  after: Position,
  { command, claim, mayBeUnknown = false }: Told,
): void {
  const came = movesBetween(reference, before, after);
  const wrong = (said: string): never => {
    const half = after.half ? `, half done: ${JSON.stringify(brief(after.half))}` : '';
    throw new Error(`${command.verb} said: ${said}. What came to be: applied ${shown(came)}${half}.`);
  };
  if (after.done < before.done) throw new Error(`Lost: ${shown(movesBetween(reference, after, before))}.`);
  if (claim.kind === 'killed') {
    // The server may have gone on with what it was sent, but it was never told what was not.
    const { announced } = claim;
    const isTrue = isDeepStrictEqual(came.slice(0, announced.length), announced.map(move));
    if (!isTrue || came.length > announced.length + MOST_FILES)
      wrong(`applied ${shown(announced)}, and was killed`);
  } else if (claim.kind === 'thrown') {
    checkThrown(claim.error, before, command);
    const isSame = isDeepStrictEqual(before.half && brief(before.half), after.half && brief(after.half));
    if (came.length > 0 || !isSame) wrong(`nothing was tried (${claim.error})`);
  } else {
    checkReport(reference, before, after, { command, report: claim.report, mayBeUnknown, wrong });
  }
}

/** Whether the rows call it killed is another matter: only who works settles that. */
const brief = ({ step, done, uncertain }: HalfDone) => ({ ...move(step), done, uncertain });

const move = ({ version, direction }: Move): Move => ({ version, direction });

/** What is half done, and only that, is a reason to refuse `up`, `down` and `redo`. */
function checkThrown(error: unknown, { half }: Position, { verb }: Command): void {
  // What the server itself said is good enough; what a socket said is not.
  if (!(error instanceof RegistryJobsError) && !isPostgresError(error)) {
    throw new Error(`Not an error of ours: ${error}`, { cause: error });
  }
  const problems = error instanceof PlanError ? error.problems : [];
  if (verb === 'resume' || problems.length === 0) return;
  const [problem] = problems;
  const number = half && half.done + 1;
  const hint = half?.uncertain
    ? `registry-jobs resume --from ${number}`
    : 'Go on with: registry-jobs resume\n';
  const isTrue =
    half !== undefined &&
    problems.length === 1 &&
    problem?.code === 'half-done' &&
    problem.message.startsWith(`${half.step.script.file} runs without a transaction and stopped `) &&
    problem.message.includes(
      half.done === 0 ? 'at its first statement' : `after statement ${half.done} of `,
    ) &&
    problem.message.includes(`statement ${number} may be done, or part of it`) === half.uncertain &&
    (problem.hint ?? '').includes(hint);
  if (!isTrue)
    throw new Error(`${verb} refused with ${JSON.stringify(problems)}, but ${JSON.stringify(half)}.`);
}

interface Reported {
  readonly command: Command;
  readonly report: MigrationReport;
  readonly mayBeUnknown: boolean;
  readonly wrong: (said: string) => never;
}

function checkReport(
  reference: Reference,
  before: Position,
  after: Position,
  { command, report, mayBeUnknown, wrong }: Reported,
): void {
  const { journey } = reference;
  const came = movesBetween(reference, before, after).map(move);
  const applied = report.applied.map(move);
  const { failed, notRun, status } = report;
  const said = JSON.stringify({ applied, failed, notRun });
  // What it goes on with, and nothing else.
  const rest = journey.moves.slice(before.done);
  const planned = command.verb === 'resume' ? rest.slice(0, before.half ? 1 : 0) : rest;
  const all = [...applied.map(({ version }) => version), ...(failed ? [failed.version] : []), ...notRun];
  if (
    !isDeepStrictEqual(
      all,
      planned.map(({ version }) => version),
    )
  )
    wrong(said);
  const halfDown = before.half?.step.direction === 'down' ? 1 : 0;
  const known = ledgerAfter(journey, before.done).length - halfDown;
  if (report.alreadyApplied !== known) wrong(`${report.alreadyApplied} were applied before, not ${known}`);
  const expected = failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do';
  if (status !== expected) wrong(`${status}, with ${said}`);
  const isUnknown = failed?.outcome === 'unknown';
  if (isUnknown !== (failed?.error.code === 'outcome-unknown')) wrong(said);
  if (isUnknown && !mayBeUnknown) wrong(`${said}; it could have asked the server`);
  // Of what was sent together, the first so many may have been done.
  const { alsoUnknown = [] } = failed ?? {};
  const unknown = isUnknown
    ? rest.slice(applied.length, applied.length + 1 + alsoUnknown.length).map(move)
    : [];
  const possible = Array.from({ length: unknown.length + 1 }, (_, count) => [
    ...applied,
    ...unknown.slice(0, count),
  ]);
  if (!possible.some((moves) => isDeepStrictEqual(moves, came))) wrong(said);
  if (failed && !isUnknown) checkFailed(failed, before, after, () => wrong(said));
  else if (!failed && after.half) wrong(said);
}

/** The outcome, how many statements stay done, and which of them nobody knows of: as the journal has them. */
function checkFailed(failed: FailedReport, before: Position, after: Position, wrong: () => never): void {
  const { half } = after;
  const { outcome, done, uncertain } = failed;
  if (outcome === 'half-done') {
    if (!half || done !== half.done || uncertain !== (half.uncertain ? half.done + 1 : undefined)) wrong();
  } else {
    if (done !== undefined || uncertain !== undefined) wrong();
    // Nothing of it was begun by this run; another one may have.
    const isAsBefore = isDeepStrictEqual(half && brief(half), before.half && brief(before.half));
    if (!isAsBefore) wrong();
  }
}

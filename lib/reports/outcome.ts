import type { ErrorReport } from '../errors/error.ts';
import { chooseFrom, mayBeDone } from '../plan/half-done.ts';
import type { TargetReport } from '../plan/plan.ts';
import { count } from '../text/format.ts';
import type { NoticeReport } from './database.ts';

/** A migration that this run applied, or undid, after its COMMIT was confirmed. */
export interface AppliedReport {
  readonly version: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  /** As the ledger has them: ISO 8601 in UTC, with microseconds and `Z`. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** As this side measured it, in milliseconds, waiting for locks included. */
  readonly durationMs: number;
  readonly statements: number;
  /** How often the transaction was begun; more than 1 when it had to wait for locks. */
  readonly attempts: number;
  readonly notices: readonly NoticeReport[];
  /** How many more there were than are kept in `notices`. */
  readonly noticesLeftOut?: number;
}

/** The migration that stopped the run. */
export interface FailedReport {
  readonly version: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  readonly durationMs: number;
  readonly attempts: number;
  /**
   * What is true of it now. `not-started`: it was not begun. `rolled-back`: nothing of it was kept. `half-done`: it
   * runs without a transaction, and what was done before the failure stays. `unknown`: the connection was lost, and
   * the server could not be asked.
   */
  readonly outcome: 'not-started' | 'rolled-back' | 'half-done' | 'unknown';
  /** Only for a file without a transaction: how many of its statements stay done. */
  readonly done?: number;
  /** Only for a file without a transaction: the statement, from 1, of which nobody can tell whether it was done. */
  readonly uncertain?: number;
  /** Only where the outcome is unknown: the versions that were sent together with it, of which as little is known. They are among `notRun`. */
  readonly alsoUnknown?: readonly string[];
  /** Only for a file without a transaction: why `resume` would refuse to go on, and what to do instead. */
  readonly resumeRefused?: ErrorReport;
  readonly error: ErrorReport;
  readonly notices: readonly NoticeReport[];
  /** How many more there were than are kept in `notices`. */
  readonly noticesLeftOut?: number;
}

/** A run that failed, as far as its state goes. */
interface FailedRun {
  readonly command: RunCommand;
  readonly target?: TargetReport;
  readonly applied: readonly AppliedReport[];
  readonly failed: FailedReport;
  readonly notRun: readonly string[];
}

/** What runs files. */
export type RunCommand = 'up' | 'down' | 'redo' | 'resume';

/** What is true after a run that failed, as one sentence: of what came before, of the file itself, of the rest. Pure. */
export function renderState(run: FailedRun): string {
  return `State: ${[...before(run), ...itself(run), ...rest(run)].join('; ')}.`;
}

/** What to type next, where the error itself does not say it; each line ends in a command. Pure. */
export function nextCommands({ command, target, failed, applied, notRun }: FailedRun): string[] {
  const { outcome, uncertain, resumeRefused } = failed;
  if (outcome === 'unknown') return ['Look with: registry-jobs status'];
  if (uncertain !== undefined) return chooseFrom(uncertain).split('\n');
  if (resumeRefused) return [resumeRefused.message, ...(resumeRefused.hint ? [resumeRefused.hint] : [])];
  if (outcome === 'half-done') return ['Go on with: registry-jobs resume'];
  // A second redo would undo the migration before it.
  if (isRedone(command, failed, applied)) return ['Apply it with: registry-jobs up'];
  // The same command again would count from here, and undo more than was asked for.
  if (command === 'down' && target?.steps !== undefined && applied.length > 0)
    return [`Go on with: registry-jobs down --steps ${notRun.length + 1}`];
  if (failed.error.code === 'stopped' && command === 'up' && target?.steps !== undefined)
    return [`Go on with: registry-jobs up --steps ${notRun.length + 1}`];
  if (failed.error.code === 'stopped') return [`Go on with: registry-jobs ${sameAgain(command, target)}`];
  return command === 'resume' ? ['Go on with: registry-jobs resume'] : [];
}

/** What was asked for, once more: it goes on from where it was stopped. */
function sameAgain(command: RunCommand, target: TargetReport | undefined): string {
  if (target?.to !== undefined) return `${command} --to ${target.to}`;
  return command === 'down' && target?.steps !== undefined ? `down --steps ${target.steps}` : command;
}

/** True when a `redo` has undone its migration and failed to apply it again. */
function isRedone(
  command: RunCommand,
  { direction }: FailedReport,
  applied: readonly AppliedReport[],
): boolean {
  return command === 'redo' && direction === 'up' && applied.length > 0;
}

function before({ command, failed, applied }: FailedRun): string[] {
  if (isRedone(command, failed, applied)) {
    const isOut = failed.outcome === 'rolled-back' || failed.outcome === 'not-started';
    return [isOut ? 'it was undone and is not applied now' : 'it was undone'];
  }
  const undone = applied.filter(({ direction }) => direction === 'down').length;
  const done = applied.length - undone;
  const stays = (number: number, verb: string, end: string) =>
    `${count(number, 'migration')} before it ${number === 1 ? `was ${verb} and stays` : `were ${verb} and stay`}${end}`;
  return [
    ...(undone > 0 ? [stays(undone, 'undone', ' undone')] : []),
    ...(done > 0 ? [stays(done, 'applied', '')] : []),
  ];
}

function itself({ command, failed, applied }: FailedRun): string[] {
  const { outcome, direction, done, uncertain } = failed;
  const verb = direction === 'down' ? 'undone' : 'applied';
  if (outcome === 'unknown') {
    const again = isRedone(command, failed, applied) ? ' again' : '';
    return [`whether it was ${verb}${again} is not known`];
  }
  if (outcome === 'half-done') {
    return [...stayDone(done, uncertain), ...(uncertain === undefined ? [] : [mayBeDone(uncertain)])];
  }
  if (applied.length > 0) return [];
  if (command === 'resume') return ['nothing more was done'];
  return [command === 'redo' ? 'nothing was undone: it is applied as before' : `nothing was ${verb}`];
}

function stayDone(done: number | undefined, uncertain: number | undefined): string[] {
  if (done === undefined) return uncertain === undefined ? ['some of its statements may be done'] : [];
  if (done === 0) return uncertain === undefined ? ['none of its statements was done'] : [];
  return [done === 1 ? 'its first statement stays done' : `its first ${done} statements stay done`];
}

function rest({ command, failed, notRun }: FailedRun): string[] {
  const { outcome, alsoUnknown = [] } = failed;
  const length = notRun.length - alsoUnknown.length;
  const was = (number: number) => (number === 1 ? 'was' : 'were');
  if (command === 'redo') {
    if (alsoUnknown.length > 0) return ['whether it was applied again is not known either'];
    const isAsBefore = outcome === 'rolled-back' || outcome === 'not-started';
    return length === 0 || isAsBefore ? [] : ['it was not applied again'];
  }
  // To go down, "after it" could mean the order of the versions.
  const isDown = command === 'down';
  const after = (number: number) => (isDown ? `${number} more` : `${count(number, 'migration')} after it`);
  const sent = alsoUnknown.length;
  const left = sent > 0 ? `${length} after ${sent === 1 ? 'that' : 'those'}` : after(length);
  return [
    ...(sent > 0
      ? [`${after(sent)} ${was(sent)} sent with it, and may be ${isDown ? 'undone' : 'applied'}`]
      : []),
    ...(length > 0 ? [`${left} ${was(length)} not ${isDown ? 'undone' : 'run'}`] : []),
  ];
}

import { chooseFrom, mayBeDone } from '../plan/half-done.ts';
import { count } from '../text/format.ts';
import type { AppliedReport, FailedReport, MigrationReport } from './report.ts';

/** A run that failed, as far as its state goes. */
type FailedRun = Pick<MigrationReport, 'command' | 'target' | 'applied' | 'notRun'> & {
  readonly failed: FailedReport;
};

/** What is true after a run that failed, as one sentence: of what came before, of the file itself, of the rest. Pure. */
export function renderState(run: FailedRun): string {
  return `State: ${[...before(run), ...itself(run), ...rest(run)].join('; ')}.`;
}

/** What to type next, where the error itself does not say it; each line ends in a command. Pure. */
export function nextCommands({ command, target, failed, applied, notRun }: FailedRun): string[] {
  const { outcome, uncertain, resumeRefused } = failed;
  if (outcome === 'unknown') return ['Look with: registry-jobs status'];
  if (uncertain !== undefined) return chooseFrom(uncertain, '\n').split('\n');
  if (resumeRefused) return [resumeRefused.message, ...(resumeRefused.hint ? [resumeRefused.hint] : [])];
  if (outcome === 'half-done') return ['Go on with: registry-jobs resume'];
  // A second redo would undo the migration before it.
  if (isRedone(command, failed, applied)) return ['Apply it with: registry-jobs up'];
  // The same command again would count from here, and undo more than was asked for.
  if (command === 'down' && target?.steps !== undefined && applied.length > 0)
    return [`Go on with: registry-jobs down --steps ${notRun.length + 1}`];
  return command === 'resume' ? ['Go on with: registry-jobs resume'] : [];
}

/** True when a `redo` has undone its migration and failed to apply it again. */
function isRedone(
  command: MigrationReport['command'],
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
  const { length } = notRun;
  if (length === 0) return [];
  const was = length === 1 ? 'was' : 'were';
  if (command === 'redo') {
    const isAsBefore = failed.outcome === 'rolled-back' || failed.outcome === 'not-started';
    return isAsBefore ? [] : ['it was not applied again'];
  }
  // To go down, "after it" could mean the order of the versions.
  if (command === 'down') return [`${length} more ${was} not undone`];
  return [`${count(length, 'migration')} after it ${was} not run`];
}

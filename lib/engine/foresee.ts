import { scriptOf, type Task } from '../plan/task.ts';
import type { PlannedRun } from '../reports/plan.ts';
import { timeProblem } from './apply.ts';
import { describeTime, howToRun } from './detach.ts';
import type { Session } from './dialect.ts';
import type { RunOptions } from './run-options.ts';

/**
 * Who would run each of these tasks, if a run with so much time began now, and each file took as long as it expects to: whoever waits, or the
 * server by itself. What follows a file that is left to the server is for the next call, which has all of its time again.
 *
 * @param timeMs how long one call may take, in milliseconds; may be Infinity
 * @returns one for each, in their order; those after one that would not be begun are not looked at
 */
export function foresee(
  session: Pick<Session, 'whyAttached'>,
  tasks: readonly Task[],
  detach: NonNullable<RunOptions['detach']>,
  timeMs = Infinity,
): PlannedRun[] {
  const found: PlannedRun[] = [];
  let left = timeMs;
  for (const task of tasks) {
    const deadline = Date.now() + left;
    const chosen = howToRun(session, task, { detach, deadline });
    if (chosen.how === 'refused') {
      const { why, remedy } = chosen;
      return [...found, { how: 'not-started', why, ...(remedy && { remedy }) }];
    }
    const late = chosen.how === 'attached' ? timeProblem(task, deadline) : undefined;
    if (late) {
      const why = [describeTime(task, deadline), chosen.why].join(', and ');
      return [...found, { how: 'not-started', why, ...(late.hint && { remedy: late.hint }) }];
    }
    found.push({ how: chosen.how, why: chosen.why });
    left = chosen.how === 'detached' ? timeMs : left - (scriptOf(task).directives.expectedMs ?? 0);
  }
  return found;
}

import type { DetachedAttempt } from '../../engine/detached.ts';
import type { Attempt, Patience } from '../../engine/dialect.ts';
import type { AtWork } from '../../plan/at-work.ts';
import { readProgress } from '../../plan/progress-name.ts';
import { statementAt } from '../../plan/statement-at.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { utc } from '../../text/times.ts';
import type { Detached, FlightOptions } from '../attempt/flight-types.ts';
import { settle } from '../attempt/settle.ts';
import type { Connection } from '../session/connection.ts';
import { until } from '../session/moment.ts';
import { createRunInBlock } from './in-block.ts';
import { leaveAt } from './look.ts';

/**
 * Runs a file without a transaction, one statement after the other, as long as there is somebody to do that; the statement that it is at
 * then is left to the server. The next call goes on after it.
 */
export async function detachOneByOne(
  connection: Connection,
  task: Task,
  given: FlightOptions,
  patience: Patience,
): Promise<DetachedAttempt | 'look'> {
  const detached: Detached = { runInBlock: createRunInBlock(task, given), current: -1, isLeft: false };
  const options = { ...given, detached };
  const running = settle(connection, task, options);
  for (let { until: end } = patience; ; end = Date.now() + AGAIN_MS) {
    const attempt = await until(running, { ...patience, until: end });
    if (attempt) return attempt.outcome === 'unknown' ? 'look' : ended(attempt);
    const pid = connection.announcedPid ?? 0;
    // Where it cannot be looked at it is waited for.
    const seen = await leaveAt(given.context, given.start.id, pid, (found) => placeOf(found, task)).catch(
      () => undefined,
    );
    // Meanwhile it may have begun another one.
    if (seen?.at === undefined || seen.at !== detached.current) continue;
    const { atWork } = seen;
    detached.isLeft = true;
    connection.abandon();
    await running.catch(() => {});
    return { outcome: 'running', atWork };
  }
}

const AGAIN_MS = 100;

/** Which statement the server is at, from 0: only what it has begun can be left to it. */
function placeOf({ application, isActive, query }: AtWork, task: Task): number | undefined {
  if (!isActive) return undefined;
  const number = readProgress(application)?.statement ?? statementAt(scriptOf(task), query ?? '');
  return number === undefined ? undefined : number - 1;
}

function ended(attempt: Exclude<Attempt, { outcome: 'unknown' }>): DetachedAttempt {
  if (attempt.outcome === 'applied') {
    const { startedAt, finishedAt } = attempt;
    return { outcome: 'applied', startedAt: utc(startedAt), finishedAt: utc(finishedAt) };
  }
  const { outcome: state, error, done } = attempt;
  const half = attempt.outcome === 'half-done' && { done, ...(attempt.uncertain && { uncertain: true }) };
  return { outcome: 'failed', state, error, retry: false, ...half };
}

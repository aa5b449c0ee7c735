import { RegistryJobsError } from '../../lib/errors/error.ts';
import { PlanError } from '../../lib/plan/error.ts';
import type { DeployRequest } from '../../lib/remote/protocol.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import { describeStep } from '../../lib/reports/running.ts';
import { formatDuration } from '../../lib/text/format.ts';
import { toSecond } from '../../lib/text/times.ts';
import { mayPass } from '../shared/patience.ts';

/** What the first run of a deploy hands on to those after it, by way of CDK's framework. */
export interface DeployState {
  /** What was begun after this moment belongs to this deploy: UTC, ISO 8601, by the server's clock. */
  readonly since: string;
  /** When the deploy called the function first: milliseconds since the epoch, by the function's clock. */
  readonly startedAt: number;
  /** Whether that one has done all there was to do. */
  readonly done: boolean;
}

/** What the first run of this deploy has handed on; nothing in the first request itself. Pure. */
export function readState({ Data: data }: Pick<DeployRequest, 'Data'>): DeployState | undefined {
  const { since, startedAt, done } = (data ?? {}) as Partial<DeployState>;
  if (typeof since !== 'string' || typeof startedAt !== 'number') return undefined;
  return { since, startedAt, done: done === true };
}

/**
 * Why a deploy that was not done goes on waiting: nobody has approved the plan yet, or the database cannot be reached for the moment, while
 * the run goes on in it. Anything else is its end. Pure.
 *
 * @param isWatching whether a run before this one has found the database, and begun
 */
export function reasonToWait(error: unknown, isWatching: boolean): 'approval' | 'database' | undefined {
  if (error instanceof PlanError) {
    return error.problems.every(({ code }) => code === 'not-approved') ? 'approval' : undefined;
  }
  return isWatching && error instanceof RegistryJobsError && mayPass(error) ? 'database' : undefined;
}

/** That a deploy's time is up while a file runs on. Pure. */
export function stillRunning({ running, environment }: MigrationReport, tookMs: number): RegistryJobsError {
  const { file = 'A file', startedAt, pid } = running ?? {};
  const step = running && describeStep(running);
  const since = startedAt === undefined ? '' : ` since ${toSecond(startedAt)}`;
  const watch = `registry-jobs watch --remote${environment ? ` --env ${environment}` : ''}`;
  return new RegistryJobsError(
    'still-running',
    `${file} still runs in the server${since}${step && `, ${step}`}, pid ${pid}, and the ${formatDuration(tookMs)} of this deploy are over.`,
    { hint: `Nothing is lost, it runs on by itself. Deploy again when it is applied: ${watch}` },
  );
}

/** That it is up while nothing was run, or nobody could look. Pure. */
export function timeIsUp(error: unknown, tookMs: number): unknown {
  if (!(error instanceof RegistryJobsError)) return error;
  const { code, message, detail, hint = '', cause } = error;
  const [what, next] =
    code === 'not-approved'
      ? ['Nothing of it was run', hint.replace('approve it:', 'approve it, then deploy again:')]
      : ['Whether anything runs on in it is not known', 'Deploy again when it can be reached.'];
  return new RegistryJobsError(
    code,
    `${message} The ${formatDuration(tookMs)} of this deploy are over. ${what}.`,
    {
      hint: next,
      ...(detail !== undefined && { detail }),
      cause,
    },
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../lib/errors/catalogue.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';

/**
 * What passes by itself: permissions and network rules of a deploy that have not arrived everywhere yet, a database that
 * wakes up, restarts or fails over. None is thrown after a job has begun, so nothing is done twice.
 */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'parameters-denied',
  'parameters-failed',
  'secret-denied',
  'secret-failed',
  'password-not-stored',
  'connect-refused',
  'connect-unknown-host',
  'connect-starting',
  'connect-too-many',
  'connect-timeout',
  'connect-failed',
]);

/**
 * Whether what kept a job from beginning may pass by itself. RDS asks PAM about a token of IAM: the right to connect may have been given a
 * moment ago. A wrong password stays wrong. Pure.
 */
export function mayPass({ code, message }: RegistryJobsError): boolean {
  return PASSING.has(code) || (code === 'connect-denied' && message.includes(': PAM '));
}

/** A failover of RDS takes one or two minutes; longer waiting would only keep a mistyped name from being reported. */
const MOST_MS = 120_000;
/** Of the time that there is: the rest is for the work. */
const SHARE = 1 / 4;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/**
 * Runs a job, and runs it again when what kept it from beginning may pass, for two minutes or a quarter of the time that
 * is left.
 *
 * @param deadline when this invocation will be stopped, in milliseconds since the epoch
 * @param onWait hears of each fault and how many milliseconds are waited for it
 * @param wait for so many milliseconds
 * @throws what `work` threw last
 */
export async function patiently<T>(
  work: () => Promise<T>,
  deadline: number,
  onWait: (fault: RegistryJobsError, waitMs: number) => void,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<T> {
  const began = Date.now();
  const until = began + Math.min(MOST_MS, (deadline - began) * SHARE);
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RegistryJobsError) || !mayPass(error) || Date.now() + waitMs > until)
        throw error;
      onWait(error, waitMs);
      await wait(waitMs);
    }
  }
}

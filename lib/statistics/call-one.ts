import { setTimeout } from 'node:timers/promises';
import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { isPostgresError } from '../errors/postgres-error.ts';
import { explainFunctionError } from '../postgres/explain/function.ts';
import { judgeFailure } from '../postgres/explain/judge-failure.ts';
import { lockIsHeld } from '../postgres/session/advisory-lock.ts';
import type { Connection } from '../postgres/session/connection.ts';
import { callFunction } from './call-function.ts';
import type { FunctionReport } from './refresh-report.ts';

export const MIGRATING = 'a migration is running';

/**
 * How long to wait before the second and the third call of a function that another transaction was in the way of. The call is
 * one transaction that was rolled back, so it may be repeated.
 */
const PAUSES_MS = [100, 500];

export function outOfTime(name: string): FunctionReport {
  const error = new RegistryJobsError(
    'out-of-time',
    `${name} was not called: the time for this run is used up.`,
    { hint: 'The next run calls it; raise the timeout of the function if this repeats.' },
  );
  return { name, outcome: 'failed', durationMs: 0, error: toErrorReport(error) };
}

/** @returns `lost` when the session was lost before the function was called: then it may be called in another */
export async function callOne(
  connection: Connection,
  name: string,
  lockKey: bigint,
  timeoutMs: number,
): Promise<FunctionReport | { readonly lost: unknown }> {
  const began = performance.now();
  const since = () => performance.now() - began;
  if (timeoutMs <= 0) return outOfTime(name);
  let spentMs = 0;
  for (let tries = 1; ; tries++) {
    let isCalled = false;
    try {
      const { rows } = await connection.send(`SELECT ${lockIsHeld(lockKey)} AS migrating`);
      if (rows[0]?.migrating === true)
        return { name, outcome: 'skipped', durationMs: since(), reason: MIGRATING };
      isCalled = true;
      const result = await callFunction(connection, name, Math.max(1, Math.ceil(timeoutMs - spentMs)));
      return { name, durationMs: since(), ...result };
    } catch (error) {
      if (!isCalled && (!isPostgresError(error) || judgeFailure(error) === 'session-ended'))
        return { lost: error };
      const pauseMs = PAUSES_MS[tries - 1];
      const isInTheWay = isPostgresError(error) && judgeFailure(error) === 'in-the-way';
      if (isInTheWay && pauseMs !== undefined && since() + pauseMs < timeoutMs) {
        await setTimeout(pauseMs);
        spentMs = since();
        continue;
      }
      const tookMs = since();
      return {
        name,
        outcome: 'failed',
        durationMs: tookMs,
        error: toErrorReport(explainFunctionError(error, { name, timeoutMs, tookMs, tries })),
      };
    }
  }
}

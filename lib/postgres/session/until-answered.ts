import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryJobsError } from '../../errors/error.ts';
import type { ServerPatience } from '../../settings/settings.ts';

/** What becomes another answer in time, where a server starts, or has no room at this moment. */
const NOT_YET: readonly string[] = ['connect-starting', 'connect-refused', 'connect-too-many'];

/** What a server that is still being set up answers besides: its name is not known yet, or its network is not there. */
const NOT_THERE: readonly string[] = [
  ...NOT_YET,
  'connect-unknown-host',
  'connect-timeout',
  'connect-failed',
];

/** How long to ask a server that restarts. */
export const RESTART_MS = 30_000;
const RECONNECT_MS = 250;
const MOST_BREAKS = 5;

/**
 * After a lost connection: asks again while the server restarts, and a few times when the new session breaks as well.
 *
 * @param giveUpAt in milliseconds since the epoch
 */
export async function untilAnswered<T>(ask: () => Promise<T>, giveUpAt: number): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      return await ask();
    } catch (error) {
      const code = error instanceof RegistryJobsError ? error.code : '';
      // The lost session itself may be the one too many, until the server notices.
      const restarts = NOT_YET.includes(code);
      const breaks = ['connection-lost', 'connect-failed'].includes(code) && asked < MOST_BREAKS;
      if (!(restarts || breaks) || Date.now() > giveUpAt) throw error;
      await sleep(RECONNECT_MS);
    }
  }
}

/**
 * Before there was any session: asks again until there is a server.
 *
 * @param patience undefined for whoever does not wait
 */
export async function untilThere<T>(
  ask: () => Promise<T>,
  patience: ServerPatience | undefined,
  signal?: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isPatient = patience !== undefined && Date.now() < patience.until && !signal?.aborted;
      if (!isPatient || !(error instanceof RegistryJobsError) || !NOT_THERE.includes(error.code)) throw error;
      patience.onWait?.(error.message);
      await sleep(RECONNECT_MS);
    }
  }
}

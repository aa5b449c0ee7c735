import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryJobsError } from '../../errors/error.ts';

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
      const restarts = ['connect-starting', 'connect-refused', 'connect-too-many'].includes(code);
      const breaks = ['connection-lost', 'connect-failed'].includes(code) && asked < MOST_BREAKS;
      if (!(restarts || breaks) || Date.now() > giveUpAt) throw error;
      await sleep(RECONNECT_MS);
    }
  }
}

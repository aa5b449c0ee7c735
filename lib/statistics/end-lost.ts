import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryJobsError } from '../errors/error.ts';
import type { Connection } from '../postgres/session/connection.ts';

/** Ending a session takes milliseconds, unless it hangs. */
const MOST_MS = 5_000;
const LOOK_AGAIN_MS = 50;

/** Ours and older than the one that asks: the number may be another's by now. Sessions of one run have one name. Parameter: its process id. */
const ITS_OWN = `FROM pg_catalog.pg_stat_activity a
  JOIN pg_catalog.pg_stat_activity own ON own.pid = pg_catalog.pg_backend_pid() AND own.usesysid = a.usesysid
  WHERE a.pid = $1 AND a.application_name = own.application_name AND a.backend_start < own.backend_start`;

/**
 * Ends a session of ours that was lost, and waits until it is gone. The server may not have noticed, and be at work for it: then the next
 * functions would find another refresh at work, and do nothing.
 *
 * @throws RegistryJobsError `session-hangs`
 */
export async function endLost(connection: Connection, pid: number | null): Promise<void> {
  const values = [pid];
  const until = Date.now() + MOST_MS;
  await connection.send(`SELECT pg_catalog.pg_terminate_backend(a.pid) ${ITS_OWN}`, { values });
  while ((await connection.send(`SELECT ${ITS_OWN}`, { values })).rows.length > 0) {
    if (Date.now() > until) {
      throw new RegistryJobsError('session-hangs', `The lost session, pid ${pid}, is still at work.`, {
        hint: 'See what it does in pg_stat_activity. When it has ended: registry-jobs refresh',
      });
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

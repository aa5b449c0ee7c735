import { setTimeout as sleep } from 'node:timers/promises';
import { type LedgerName, migrationLockKey } from '../advisory-lock.ts';
import type { Connection } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import type { DatabaseSettings } from '../settings/settings.ts';
import { BLOCKERS_OF_KEY, type Blocker, describeBlockers, parseBlockers } from './blockers.ts';
import { type Survey, survey } from './survey.ts';

export interface LockOptions {
  /** When to give up, in milliseconds since the epoch. */
  readonly until: number;
  readonly onWait?: (blockers: readonly Blocker[]) => void;
}

const POLL_MS = 250;

/**
 * Takes the lock and reads the ledger in one network flight: the server works through it in order, so if the
 * lock was taken, the ledger was read under it. Polls while another runner holds the lock; a blocking wait
 * would hold a snapshot, which CREATE INDEX CONCURRENTLY of that runner waits for in turn.
 *
 * @throws RegistryJobsError `locked`, `read-only-server`, and what {@link survey} throws
 */
export async function surveyLocked(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  options: LockOptions,
): Promise<Survey> {
  const key = migrationLockKey(settings.database, name);
  const tryLock = async () => {
    const sql = 'SELECT pg_catalog.pg_try_advisory_lock($1::bigint) AS locked';
    const { rows } = await connection.send(sql, { values: [key] });
    return rows[0]?.locked === true;
  };
  const [locked, found] = await Promise.all([tryLock(), survey(connection, settings, name)]);
  if (found.isReplica) {
    throw new RegistryJobsError('read-only-server', `${settings.host} is a read-only replica.`, {
      hint: 'Connect to the primary server.',
    });
  }
  if (locked) return found;
  do {
    const blockers = parseBlockers((await connection.send(BLOCKERS_OF_KEY, { values: [key] })).rows);
    options.onWait?.(blockers);
    if (Date.now() >= options.until) {
      throw new RegistryJobsError(
        'locked',
        `Another run holds the migration lock: ${describeBlockers(blockers)}.`,
        {
          hint: 'Wait for it to end and try again; end its session only if you know that it hangs.',
        },
      );
    }
    // Jitter: runners that were refused together must not come back together.
    await sleep(POLL_MS * (0.5 + Math.random()));
  } while (!(await tryLock()));
  return survey(connection, settings, name);
}

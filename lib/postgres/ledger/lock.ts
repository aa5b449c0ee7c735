import type { Patience } from '../../engine/dialect.ts';
import { pause } from '../../engine/pause.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { BLOCKERS_OF_KEY, describeBlockers, parseBlockers } from '../catalog/blockers.ts';
import { migrationLockKey } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';
import { tryLock } from '../session/try-lock.ts';
import { type Asked, type FoundDatabase, survey } from './survey.ts';

const POLL_MS = 250;
const NOTHING_RUN = 'Nothing was run. To see what the other one does: registry-jobs watch';
/** Whoever waits is told once who is in the way, then once a minute, and when it is somebody else. */
const TELL_AGAIN_MS = 60_000;

/**
 * Takes the lock if nobody has it, and reads the ledger, in one network flight: the server works through it in order, so if the
 * lock was taken, the ledger was read under it.
 *
 * @throws RegistryJobsError `read-only-server`, and what {@link survey} throws
 */
export async function surveyTryingLock(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  asked?: Asked,
): Promise<{ readonly isLocked: boolean; readonly found: FoundDatabase }> {
  const key = migrationLockKey(settings.database, name);
  const [isLocked, found] = await Promise.all([
    tryLock(connection, key),
    survey(connection, settings, name, asked),
  ]);
  if (!found.isReplica) return { isLocked, found };
  throw new RegistryJobsError('read-only-server', `${settings.host} is a read-only replica.`, {
    hint: 'Connect to the primary server.',
  });
}

/** The same, until the lock is taken. */
export async function surveyLocked(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  options: Patience,
  asked?: Asked,
): Promise<FoundDatabase> {
  const { isLocked, found } = await surveyTryingLock(connection, settings, name, asked);
  return isLocked ? found : waitForLock(connection, settings, name, options, asked);
}

/**
 * Polls while another runner holds the lock, then reads the ledger under it. A blocking wait would hold a snapshot, which CREATE
 * INDEX CONCURRENTLY of that runner waits for in turn.
 *
 * @throws RegistryJobsError `locked`, `stopped`, and what {@link survey} throws
 */
export async function waitForLock(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  options: Patience,
  asked?: Asked,
): Promise<FoundDatabase> {
  const key = migrationLockKey(settings.database, name);
  let told = { who: '', at: 0 };
  do {
    const blockers = parseBlockers((await connection.send(BLOCKERS_OF_KEY, { values: [key] })).rows);
    if (Date.now() >= options.until) {
      throw new RegistryJobsError(
        'locked',
        `Another run holds the migration lock: ${describeBlockers(blockers)}.`,
        {
          hint: 'Wait for it to end and try again; end its session only if you know that it hangs. See what it does: registry-jobs watch',
        },
      );
    }
    const who = blockers.map(({ pid }) => pid).join();
    if (who !== told.who || Date.now() - told.at >= TELL_AGAIN_MS) {
      told = { who, at: Date.now() };
      options.onWait?.(blockers);
    }
    // Jitter: runners that were refused together must not come back together.
    await pause(POLL_MS * (0.5 + Math.random()), options.signal);
    const waitedFor = ` while it waited for another run, ${describeBlockers(blockers)}`;
    throwIfStopped(options.signal, waitedFor, { hint: NOTHING_RUN });
  } while (!(await tryLock(connection, key)));
  return survey(connection, settings, name, asked);
}

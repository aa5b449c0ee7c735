import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { INSUFFICIENT_PRIVILEGE } from '../explain/sqlstates.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { CANCEL } from '../session/cancel.ts';
import type { Connection } from '../session/connection.ts';

/** A process id is given again: it is that process only if it was started then. Parameters: the process id, its start. */
const CANCEL_IT = `${CANCEL} AND a.backend_start = $2::pg_catalog.timestamptz`;

/**
 * Asks a process of the server to cancel what it is at. One that has committed and waits for a standby is left alone.
 *
 * @param start when it was started, UTC, ISO 8601; undefined where we may not see it
 * @throws RegistryJobsError `cancel-denied`
 */
export async function cancelBackend(
  connection: Connection,
  { user }: Pick<DatabaseSettings, 'user'>,
  pid: number,
  start: string | undefined,
): Promise<void> {
  if (start === undefined) throw denied(user, pid, 'this user does not see when it was started');
  try {
    await connection.send(CANCEL_IT, { values: [pid, start] });
  } catch (error) {
    if (!isPostgresError(error) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw denied(user, pid, error.message, error);
  }
}

function denied(user: string, pid: number, why: string, cause?: unknown): RegistryJobsError {
  return new RegistryJobsError(
    'cancel-denied',
    `The process ${pid} of the server cannot be cancelled: ${why}.`,
    {
      hint: `Cancel it as the user whose it is, or let an administrator say: GRANT pg_signal_backend, pg_read_all_stats TO ${quoteIdentifier(user)}`,
      ...(cause !== undefined && { cause }),
    },
  );
}

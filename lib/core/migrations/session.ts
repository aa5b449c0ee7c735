import { setTimeout as sleep } from 'node:timers/promises';
import { type LedgerName, migrationLockKey } from '../advisory-lock.ts';
import type { Connection, QueryResult } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { isPostgresError } from '../postgres-error.ts';
import type { DatabaseSettings } from '../settings/settings.ts';
import { type Ledger, parseLedger, readLedgerSql } from './ledger.ts';
import type { DatabaseReport } from './report.ts';

/** Who stands in the way of a lock. */
export interface Blocker {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** How long its transaction, or its statement, has been going on, in seconds. */
  readonly ageSeconds: number;
}

/** What is known of the database before anything is decided. */
export interface Survey {
  readonly database: DatabaseReport;
  readonly ledger: Ledger;
}

export interface LockOptions {
  /** When to give up, in milliseconds since the epoch. */
  readonly until: number;
  readonly onWait?: (blockers: readonly Blocker[]) => void;
}

/** The server's own limit: older ones lack features that we rely on. */
const OLDEST_SERVER = 13;
const POLL_MS = 250;
const BLOCKERS = `SELECT l.pid, coalesce(a.usename, '?') AS user, coalesce(a.application_name, '') AS application,
    coalesce(extract(epoch FROM now() - coalesce(a.xact_start, a.query_start, a.backend_start)), 0)::int AS age
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint`;

/**
 * Takes the lock and reads the ledger in one network flight: the server works through it in order, so if the
 * lock was taken, the ledger was read under it. Polls while another runner holds the lock; a blocking wait
 * would hold a snapshot, which CREATE INDEX CONCURRENTLY of that runner waits for in turn.
 *
 * @throws RegistryJobsError `locked`, `connect-pooler`, `read-only-server`, `server-too-old`, `foreign-ledger`
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
  const [locked, survey] = await Promise.all([tryLock(), surveyOnce(connection, settings, name)]);
  if (survey.isReplica) {
    throw new RegistryJobsError('read-only-server', `${settings.host} is a read-only replica.`, {
      hint: 'Connect to the primary server.',
    });
  }
  if (locked) return survey;
  do {
    const blockers = await readBlockers(connection, key);
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
  return surveyOnce(connection, settings, name);
}

/** Reads what {@link surveyLocked} reads, without a lock: `status` neither waits nor makes others wait. */
export async function surveyOnce(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
): Promise<Survey & { isReplica: boolean }> {
  const sql = readLedgerSql(name);
  const [server, shape, rows] = await Promise.all([
    connection.send(`SELECT pg_catalog.pg_backend_pid() AS pid, current_user AS "user",
      pg_catalog.current_setting('server_version') AS version, pg_catalog.pg_is_in_recovery() AS replica`),
    connection.send(sql.shape),
    connection.send(sql.rows).catch(noRowsIfMissing),
  ]);
  const { pid, user, version, replica } = server.rows[0] as {
    pid: number;
    user: string;
    version: string;
    replica: boolean;
  };
  if (pid !== connection.announcedPid) {
    throw new RegistryJobsError('connect-pooler', 'A connection pooler stands between us and the database.', {
      hint: 'Connect to the database itself: a pooler moves sessions between servers, and locks with them.',
    });
  }
  if (Number.parseInt(version, 10) < OLDEST_SERVER) {
    throw new RegistryJobsError(
      'server-too-old',
      `The server is Postgres ${version}; we need ${OLDEST_SERVER} or newer.`,
      {
        hint: 'Upgrade the server.',
      },
    );
  }
  const { host, port, database } = settings;
  return {
    isReplica: replica,
    database: { host, port, name: database, user, serverVersion: version.split(' ')[0] ?? version },
    ledger: parseLedger(
      name,
      shape.rows as unknown as { name: string; type: string }[],
      rows.rows.map(({ row }) => row as Record<string, unknown>),
    ),
  };
}

function noRowsIfMissing(error: unknown): QueryResult {
  const UNDEFINED_TABLE = '42P01';
  const UNDEFINED_SCHEMA = '3F000';
  if (isPostgresError(error) && [UNDEFINED_TABLE, UNDEFINED_SCHEMA].includes(error.code)) {
    return { command: 'SELECT', rows: [] };
  }
  throw error;
}

async function readBlockers(connection: Connection, key: bigint): Promise<Blocker[]> {
  const { rows } = await connection.send(BLOCKERS, { values: [key] });
  return rows.map((row) => ({
    pid: Number(row.pid),
    user: String(row.user),
    application: String(row.application),
    ageSeconds: Number(row.age),
  }));
}

/** `pid 4711 (deploy, registry-jobs up), for 12 s` */
export function describeBlockers(blockers: readonly Blocker[]): string {
  const one = ({ pid, user, application, ageSeconds }: Blocker) =>
    `pid ${pid} (${user}${application && `, ${application}`}), for ${ageSeconds} s`;
  return blockers.map(one).join('; ') || 'it has just let go';
}

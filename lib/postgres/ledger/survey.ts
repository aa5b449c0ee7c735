import { RegistryJobsError } from '../../errors/error.ts';
import type { Bundle, JournalRow, Known, KnownBundles } from '../../plan/known.ts';
import { findRunning } from '../../plan/running.ts';
import { momentOf } from '../../plan/since.ts';
import type { ServerDatabase } from '../../reports/database.ts';
import { defaultLedger, type LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { utc, utcTimes } from '../../text/times.ts';
import { migrationLockKey } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';
import { isAtWork } from './at-work.ts';
import { readBundlesSql } from './bundles.ts';
import { attemptsSinceSql, parseJournalRow, unsettledSql } from './journal.ts';
import { type Ledger, parseLedger, readLedgerSql } from './ledger.ts';
import { assertNotElsewhere } from './ledger-elsewhere.ts';
import { judgeBundles } from './new-text.ts';
import { type ServerRow, serverSql } from './server-sql.ts';
import { explainUnreadable, FLYWAY_TABLE, noRowsIfMissing, noRowsIfUnreadable } from './unreadable.ts';

/** What is known of the database before anything is decided. */
export interface FoundDatabase {
  readonly database: ServerDatabase;
  readonly ledger: Ledger;
  /** Columns of the journal; none while there is no journal. */
  readonly journalColumns: readonly string[];
  /** Attempts of the journal that were not completed, and the newest at each version without a transaction. */
  readonly unsettled: readonly JournalRow[];
  /** What was attempted since a moment, oldest first, where it was asked for. */
  readonly attempts?: readonly JournalRow[];
  /** Whether another session holds the lock of the migrations. */
  readonly isLockHeld: boolean;
  /** True while there is no table, view or sequence but ours: an initial schema may be loaded. */
  readonly isEmpty: boolean;
  readonly isReplica: boolean;
  /** Versions that Flyway calls applied; not looked for once our own ledger has rows. */
  readonly flyway: readonly string[];
  /** What is on record about bundles, when it was asked for. */
  readonly bundles: KnownBundles;
  /** The server's clock, UTC. */
  readonly at: string;
}

/** What only some runs want to know. */
export interface Asked {
  /** The files of a run that wants to know whether they are the last ones. */
  readonly bundle?: Bundle | undefined;
  /** A moment, UTC, ISO 8601: what was attempted after it. */
  readonly since?: string | undefined;
}

/** Older servers lack features that we rely on. */
const OLDEST_SERVER = 13;

/**
 * Reads all that a plan needs, in one network flight and without a lock.
 *
 * @param asked what only some runs want to know
 * @throws RegistryJobsError `connect-pooler`, `server-too-old`, `ledger-denied`, `ledger-locked`, `ledger-elsewhere`
 */
export async function survey(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  { bundle, since }: Asked = {},
): Promise<FoundDatabase> {
  const sql = readLedgerSql(name);
  const key = migrationLockKey(settings.database, name);
  const explained = explainUnreadable(connection, settings, name);
  const [server, shape, rows, unsettled, bundles, made] = await Promise.all([
    // Whoever may not use the schema is refused already where a table is only looked for.
    connection.send(serverSql(name, key)).catch(explained),
    connection.send(sql.shape).catch(explained),
    connection.send(sql.rows).catch(noRowsIfMissing).catch(explained),
    connection.send(unsettledSql(name)).catch(noRowsIfMissing).catch(explained),
    // Who may not read it is told nothing of it: it decides about an older bundle only.
    bundle && connection.send(readBundlesSql(name, bundle.id)).catch(noRowsIfUnreadable).catch(explained),
    since === undefined
      ? undefined
      : connection
          .send(attemptsSinceSql(name), { values: [momentOf(since)] })
          .catch(noRowsIfMissing)
          .catch(explained),
    connection.isOurs,
  ]);
  const found = server.rows[0] as unknown as ServerRow;
  assertUsable(found);
  const ledger = parseLedger(
    shape.rows,
    rows.rows.map(({ row }) => row as Record<string, unknown>),
  );
  // One without a row may have been made by mistake.
  const isNew = ledger.rows.length === 0 && ledger.foreign === undefined;
  if (isNew && name === defaultLedger) {
    const others = found.elsewhere.map((schema) => ({ schema, table: name.table }));
    await assertNotElsewhere(connection, others, ledger.exists);
  }
  const { host, port, address, database } = settings;
  const journalColumns = shape.rows
    .filter(({ journal }) => journal === true)
    .map((column) => String(column.name));
  const flyway =
    found.flyway && rows.rows.length === 0
      ? await connection.send(FLYWAY_VERSIONS).catch(explained)
      : undefined;
  const attempts = unsettled.rows.map(parseJournalRow);
  return {
    at: utc(found.at),
    flyway: (flyway?.rows ?? []).map(({ version }) => String(version)),
    isReplica: found.replica,
    isEmpty: found.empty,
    journalColumns,
    database: {
      host,
      port,
      ...(address !== undefined && { address }),
      name: database,
      user: found.user,
      serverVersion: found.version.split(' ')[0] ?? '',
    },
    ledger,
    ...(made && { attempts: made.rows.map(parseJournalRow).map((row) => ({ ...row, ...utcTimes(row) })) }),
    unsettled: attempts,
    isLockHeld: await isAtWork(connection, key, found.locked, attempts),
    bundles: bundle
      ? await judgeBundles(
          connection,
          name,
          bundle,
          bundles?.rows ?? [],
          ledger,
          journalColumns.length > 0,
        ).catch(explained)
      : { ranBefore: false },
  };
}

/** Its history has a row for everything that was ever done: the last one of a version says whether it is applied. */
const FLYWAY_VERSIONS = `SELECT version FROM (
    SELECT DISTINCT ON (version) version, type, installed_rank FROM ${FLYWAY_TABLE}
    WHERE success AND version IS NOT NULL ORDER BY version, installed_rank DESC) newest
  WHERE type !~ '^(UNDO|DELETE)' ORDER BY installed_rank`;

function assertUsable({ version }: ServerRow): void {
  if (Number.parseInt(version, 10) >= OLDEST_SERVER) return;
  throw new RegistryJobsError(
    'server-too-old',
    `The server is Postgres ${version}; we need ${OLDEST_SERVER} or newer.`,
    {
      hint: 'Upgrade the server.',
    },
  );
}

/** What of it matters for a plan. */
export function knownOf({
  ledger,
  unsettled,
  attempts,
  isLockHeld,
  isEmpty,
  flyway,
  bundles,
}: FoundDatabase): Known {
  const running = findRunning(unsettled, isLockHeld);
  return {
    ledger: ledger.rows,
    ...(ledger.foreign !== undefined && { foreign: ledger.foreign }),
    unsettled,
    ...(running && { running }),
    ...(attempts && { attempts }),
    isEmpty,
    flyway,
    bundles,
  };
}

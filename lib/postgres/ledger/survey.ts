import { RegistryJobsError } from '../../errors/error.ts';
import type { Bundle, JournalRow, Known, KnownBundles } from '../../plan/known.ts';
import { findRunning } from '../../plan/running.ts';
import type { ServerDatabase } from '../../reports/database.ts';
import { defaultLedger, type LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { utc } from '../../text/times.ts';
import { quoteLiteral } from '../identifiers.ts';
import { migrationLockKey } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';
import { heldByAnother, isAtWork } from './at-work.ts';
import { readBundlesSql } from './bundles.ts';
import { parseJournalRow, unsettledSql } from './journal.ts';
import { type Ledger, parseLedger, readLedgerSql } from './ledger.ts';
import { assertNotElsewhere } from './ledger-elsewhere.ts';
import { judgeBundles } from './new-text.ts';
import {
  explainUnreadable,
  FLYWAY_TABLE,
  noRowsIfMissing,
  noRowsIfUnreadable,
  tablesOf,
} from './unreadable.ts';

/** What is known of the database before anything is decided. */
export interface FoundDatabase {
  readonly database: ServerDatabase;
  readonly ledger: Ledger;
  /** Columns of the journal; none while there is no journal. */
  readonly journalColumns: readonly string[];
  /** Attempts of the journal that were not completed, and the newest at each version without a transaction. */
  readonly unsettled: readonly JournalRow[];
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

/** Older servers lack features that we rely on. */
const OLDEST_SERVER = 13;

/**
 * Reads all that a plan needs, in one network flight and without a lock.
 *
 * @param bundle the files of a run that wants to know whether they are the last ones
 * @throws RegistryJobsError `connect-pooler`, `server-too-old`, `ledger-denied`, `ledger-locked`, `ledger-elsewhere`
 */
export async function survey(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
  bundle?: Bundle,
): Promise<FoundDatabase> {
  const sql = readLedgerSql(name);
  const key = migrationLockKey(settings.database, name);
  const explained = explainUnreadable(connection, settings, name);
  const [server, shape, rows, unsettled, bundles] = await Promise.all([
    // Whoever may not use the schema is refused already where a table is only looked for.
    connection.send(serverSql(name, key)).catch(explained),
    connection.send(sql.shape).catch(explained),
    connection.send(sql.rows).catch(noRowsIfMissing).catch(explained),
    connection.send(unsettledSql(name)).catch(noRowsIfMissing).catch(explained),
    // Who may not read it is told nothing of it: it decides about an older bundle only.
    bundle && connection.send(readBundlesSql(name, bundle.id)).catch(noRowsIfUnreadable).catch(explained),
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

interface ServerRow {
  readonly at: string;
  readonly locked: boolean;
  readonly user: string;
  readonly version: string;
  readonly replica: boolean;
  readonly empty: boolean;
  readonly flyway: boolean;
  /** Schemas that have a table of the ledger's name, or what may be read like one. */
  readonly elsewhere: readonly string[];
}

/** Its history has a row for everything that was ever done: the last one of a version says whether it is applied. */
const FLYWAY_VERSIONS = `SELECT version FROM (
    SELECT DISTINCT ON (version) version, type, installed_rank FROM ${FLYWAY_TABLE}
    WHERE success AND version IS NOT NULL ORDER BY version, installed_rank DESC) newest
  WHERE type !~ '^(UNDO|DELETE)' ORDER BY installed_rank`;

/** What an extension brings along does not make a database non-empty. */
function serverSql(name: LedgerName, lockKey: bigint): string {
  const ours = tablesOf(name).map((table) => `pg_catalog.to_regclass(${quoteLiteral(table)})`);
  return `SELECT pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.clock_timestamp())) AS at, current_user AS "user", ${heldByAnother(lockKey)} AS locked,
    pg_catalog.current_setting('server_version') AS version, pg_catalog.pg_is_in_recovery() AS replica,
    pg_catalog.to_regclass('${FLYWAY_TABLE}') IS NOT NULL AS flyway,
    ARRAY(SELECT n.nspname::text FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version' AND NOT a.attisdropped
      WHERE c.relname = ${quoteLiteral(name.table)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
        AND n.nspname NOT IN ('information_schema', ${quoteLiteral(name.schema)}) ORDER BY n.nspname) AS elsewhere,
    NOT EXISTS (
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND c.oid <> ALL (ARRAY[${ours.join(', ')}]::oid[] || 0::oid) IS NOT FALSE
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')) AS empty`;
}

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
export function knownOf({ ledger, unsettled, isLockHeld, isEmpty, flyway, bundles }: FoundDatabase): Known {
  const running = findRunning(unsettled, isLockHeld);
  return {
    ledger: ledger.rows,
    ...(ledger.foreign !== undefined && { foreign: ledger.foreign }),
    unsettled,
    ...(running && { running }),
    isEmpty,
    flyway,
    bundles,
  };
}

import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { filesToCompare } from '../../plan/drift.ts';
import type { ServerDatabase } from '../../reports/database.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { formatBytes } from '../../text/bytes.ts';
import { count, formatDuration, listed } from '../../text/format.ts';
import { exactPlaceOf } from '../../text/place.ts';
import { BLOCKER_COLUMNS, describeBlockers, parseBlockers } from '../catalog/blockers.ts';
import { OBJECT_IN_USE } from '../explain/sqlstates.ts';
import { quoteName } from '../identifiers.ts';
import { assertOurs } from '../ledger/ledger.ts';
import { knownOf, survey } from '../ledger/survey.ts';
import { type Connection, withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';

/** A database that copies are made of. It is only read. */
export interface OnDatabase {
  /** For sessions with the copies: with what is set for this database, which a copy does not have. */
  readonly settings: DatabaseSettings;
  readonly database: ServerDatabase;
  readonly bytes: number;
  readonly hasLedger: boolean;
  /** Versions of files that are applied there. */
  readonly appliedBefore: ReadonlySet<string>;
  /** What speaks for it being a live one, or for thinking twice: whole sentences without an end. */
  readonly signs: readonly string[];
}

/** Copies of more than that are asked for first, in bytes. */
const MUCH = 10 * 2 ** 30;

/** A ledger that was written less than so long ago belongs to somebody who is at work. */
const LATELY_MS = 15 * 60_000;

/**
 * Looks at a database whose copies are to be used.
 *
 * @throws RegistryJobsError `live-database` where somebody else uses it; `no-copies` where this user may not copy it; `connect-...`, `ledger-...`
 */
export async function lookAtDatabase(
  settings: DatabaseSettings,
  { migrations }: CompiledMigrations,
  ledger: LedgerName,
): Promise<OnDatabase> {
  return withConnection(settings, quickly('registry-jobs prove'), async (connection) => {
    const found = await survey(connection, settings, ledger);
    assertOurs(ledger, found.ledger);
    const { database } = found;
    const { rows } = await connection.send(WHAT, { mayTakeMs: 60_000 });
    const [what = {}] = rows;
    if (found.isReplica) throw standby(database);
    await assertUnused(connection, database);
    assertMayCopy(what, database);
    const files = filesToCompare(migrations, knownOf(found));
    // What is repeated in another text is still to come; an initial schema is for an empty database.
    const isDone = ({ style, up }: (typeof migrations)[number]) =>
      style !== 'repeatable' || !files.edited.includes(up.file);
    const initial = migrations.filter(({ style }) => style === 'initial' && !found.isEmpty);
    const applied = [...files.applied.filter(isDone), ...initial].map(({ version }) => version);
    const bytes = Number(what.bytes);
    const options = (what.settings as string[]).map((one) => `-c ${one.replace(/[\\\s]/g, '\\$&')}`);
    const own = settings.options === undefined ? [] : [settings.options];
    return {
      settings: { ...settings, ...(options.length > 0 && { options: [...options, ...own].join(' ') }) },
      database,
      bytes,
      hasLedger: found.ledger.exists,
      appliedBefore: new Set(applied),
      signs: signsOf(what, bytes, found.ledger.rows),
    };
  });
}

/** In the words of `ALTER DATABASE ... SET`: a copy has none of it. What only an administrator may set matters to none. */
const WHAT = `SELECT pg_catalog.pg_database_size(d.oid)::text AS bytes, (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::pg_catalog.float8 AS now,
    r.rolcreatedb OR r.rolsuper AS "mayCreate", d.datistemplate OR r.rolsuper OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS "mayCopy",
    pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
    ARRAY(SELECT one FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) one
      WHERE s.setdatabase = d.oid AND s.setrole IN (0, r.oid) AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings p
        WHERE p.name = pg_catalog.split_part(one, '=', 1) AND p.context <> 'user')
      ORDER BY s.setrole, one) AS settings,
    ARRAY(SELECT f.srvname::text FROM pg_catalog.pg_foreign_server f ORDER BY 1) AS servers,
    ARRAY(SELECT l.slot_name::text FROM pg_catalog.pg_replication_slots l WHERE l.database = d.datname ORDER BY 1) AS slots,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication)::int AS followers
  FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
  WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user`;

const OTHERS = `SELECT ${BLOCKER_COLUMNS}, NULL AS prepared FROM pg_catalog.pg_stat_activity a
  WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.usename IS NOT NULL
    AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender')
  UNION ALL SELECT 0, p.owner, '', extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::int, 'transaction', '', p.gid
  FROM pg_catalog.pg_prepared_xacts p WHERE p.database = pg_catalog.current_database()`;

/** One that was left a moment ago takes a moment to end. */
const LOOKS = 10;
const PAUSE_MS = 100;

async function assertUnused(connection: Connection, database: ServerDatabase): Promise<void> {
  for (let left = LOOKS; ; left--) {
    const others = parseBlockers((await connection.send(OTHERS)).rows);
    if (others.length === 0) return;
    if (left > 1) {
      await connection.send(`SELECT pg_catalog.pg_sleep(${PAUSE_MS / 1_000})`);
      continue;
    }
    const who = describeBlockers(others.map((one) => ({ ...one, query: '' })));
    throw new RegistryJobsError(
      'live-database',
      `${exactPlaceOf(database)} is in use, as a live one is: ${count(others.length, 'other session')}, ${who}.`,
      { hint: LIVE_HINT },
    );
  }
}

const LIVE_HINT =
  'Nothing was done. A database can be copied only while nobody is in it. Give it a snapshot that was restored for this, or have those sessions end; then run again.';

function standby(database: ServerDatabase): RegistryJobsError {
  return new RegistryJobsError(
    'live-database',
    `The server of ${exactPlaceOf(database)} is a standby: it follows a live one, and no database can be made there.`,
    { hint: 'Nothing was done. Name a snapshot that was restored for this: registry-jobs prove --on URL' },
  );
}

/** @throws RegistryJobsError `no-copies` */
function assertMayCopy(what: Record<string, unknown>, database: ServerDatabase): void {
  const { user, name } = database;
  const refuse = (why: string, sql: string) => {
    throw new RegistryJobsError('no-copies', `${exactPlaceOf(database)} cannot be copied: ${why}.`, {
      hint: `Nothing was done. As an administrator of that server: ${sql}`,
    });
  };
  if (what.mayCreate !== true)
    refuse('this role may not create databases', `ALTER ROLE ${quoteName(user)} CREATEDB;`);
  if (what.mayCopy !== true)
    refuse(
      `it belongs to ${what.owner}, and only a member of that role may`,
      `GRANT ${quoteName(String(what.owner))} TO ${quoteName(user)}; or ALTER DATABASE ${quoteName(name)} OWNER TO ${quoteName(user)};`,
    );
}

function signsOf(
  what: Record<string, unknown>,
  bytes: number,
  rows: readonly { readonly startedAt?: string; readonly finishedAt?: string }[],
): string[] {
  const now = Number(what.now);
  const times = rows.flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt].flatMap(timeOf));
  const age = times.length === 0 ? Infinity : now - Math.max(...times);
  const { servers = [], slots = [] } = what as Record<string, string[] | undefined>;
  const followers = Number(what.followers ?? 0);
  return [
    ...(age < LATELY_MS ? [`its ledger was written ${formatDuration(Math.max(0, age))} ago`] : []),
    ...(slots.length > 0 ? [`others read its changes by the replication slot ${listed(slots)}`] : []),
    ...(followers > 0
      ? [`${count(followers, 'standby').replace(/ys$/, 'ies')} of its server would get all copies`]
      : []),
    ...(servers.length > 0
      ? [
          `it reaches other databases by the foreign server ${listed(servers)}, and so does each trial of a file that uses it`,
        ]
      : []),
    ...(bytes > MUCH ? [`it takes ${formatBytes(bytes)}, and two copies at a time take as much each`] : []),
  ];
}

/** The ledger has UTC without a zone. */
function timeOf(text: string | undefined): number[] {
  if (text === undefined) return [];
  const time = Date.parse(/(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time) ? [] : [time];
}

/** Somebody came between the look and the copy. */
export function explainInUse({ database }: OnDatabase): (error: unknown) => never {
  return (error) => {
    if (!isPostgresError(error) || error.code !== OBJECT_IN_USE) throw error;
    throw new RegistryJobsError('live-database', `${exactPlaceOf(database)} is in use, as a live one is.`, {
      hint: LIVE_HINT,
      sqlstate: error.code,
      cause: error,
    });
  };
}

import { type Script, type Statement, statementText } from '../../migrations/script/statement.ts';
import type { SessionState } from '../../plan/known.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';

/** Kinds of statements, by their node in the parse tree, that leave the session as it is. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CopyStmt', 'TruncateStmt', 'IndexStmt'],
  ...[
    'ReindexStmt',
    'VacuumStmt',
    'AlterTableStmt',
    'RenameStmt',
    'CommentStmt',
    'GrantStmt',
    'RefreshMatViewStmt',
  ],
]);

/** Whether the session may be another one after a statement. */
export function maySetSession({ kind, calls }: Statement): boolean {
  return calls === true || !HARMLESS.has(kind);
}

/** Where the state is kept inside a transaction until our own statements, as ourselves, write it down. */
const KEPT = 'registry_jobs.session';

/** SQL for what {@link keepSessionSql} kept. */
export const keptSession = `pg_catalog.current_setting('${KEPT}')::pg_catalog.jsonb`;

/**
 * Looks at the session as the file has left it: before we choose our own role.
 *
 * @param ours settings that we made ourselves, with their values in the server's own units: no doing of the file
 * @param custom names of settings that have to be asked for by name
 */
export function keepSessionSql(
  ours: Readonly<Record<string, string>>,
  lockKey: bigint,
  custom: readonly string[],
): string {
  const made = Object.entries(ours).map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`);
  const unsigned = BigInt.asUintN(64, lockKey);
  return `SELECT pg_catalog.set_config('${KEPT}', pg_catalog.jsonb_build_object(
    'settings', (SELECT coalesce(pg_catalog.jsonb_object_agg(s.name, s.setting), '{}') FROM pg_catalog.pg_settings s
      WHERE s.source = 'session' AND (s.name, s.setting) NOT IN (${made.join(', ')}))
      || (SELECT coalesce(pg_catalog.jsonb_object_agg(n.name, pg_catalog.current_setting(n.name, true)), '{}')
        FROM pg_catalog.unnest(ARRAY[${custom.map(quoteLiteral).join(', ')}]::pg_catalog.text[]) AS n (name)
        WHERE pg_catalog.current_setting(n.name, true) IS NOT NULL),
    'user', session_user, 'role', pg_catalog.current_setting('role'),
    'left', (SELECT coalesce(pg_catalog.jsonb_agg(it ORDER BY it), '[]') FROM (
      SELECT 'the temporary ' || CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.relname AS it
      FROM pg_catalog.pg_class c WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relkind IN ('r', 'v', 'S', 'p')
      UNION ALL SELECT 'the prepared statement ' || name FROM pg_catalog.pg_prepared_statements WHERE from_sql
      UNION ALL SELECT 'the cursor ' || name FROM pg_catalog.pg_cursors WHERE is_holdable
      UNION ALL SELECT 'listening to ' || channel FROM pg_catalog.pg_listening_channels() AS channel
      UNION ALL SELECT 'an advisory lock' FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted
          AND (l.classid, l.objid, l.objsubid) IS DISTINCT FROM (${unsigned >> 32n}, ${unsigned & 0xffff_ffffn}, 1)
    ) AS things))::text, true)`;
}

/** Settings of ours that a RESET of the file took away, as they were: without them the session would be read-only. */
export function keepOursSql(ours: Readonly<Record<string, string>>): string {
  const made = Object.entries(ours).map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`);
  return `SELECT pg_catalog.set_config(s.name, o.setting, false) FROM (VALUES ${made.join(', ')}) AS o (name, setting)
    JOIN pg_catalog.pg_settings s ON s.name = o.name AND s.source <> 'session'`;
}

/** What the statements before `from` set that the server does not show: what they do besides is done, and not done again. */
export function replaySql(script: Script, from: number): string[] {
  const before = script.statements.slice(0, from);
  const discarded = before.findLastIndex(({ kind, session }) => kind === 'DiscardStmt' && session);
  return before.slice(discarded + 1).flatMap((statement) => {
    if (statement.session) return [statementText(script, statement)];
    return (statement.custom ?? []).flatMap(({ name, value }) =>
      name === undefined || value === undefined
        ? []
        : [`SELECT pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`],
    );
  });
}

/** Names of settings that only the server knows the value of. */
export function customNames({ statements }: Script): string[] {
  const settings = statements.flatMap(({ custom = [] }) => custom);
  return [
    ...new Set(
      settings.flatMap(({ name, value }) => (value === undefined && name !== undefined ? [name] : [])),
    ),
  ];
}

/** Gives a new session what an earlier one had: settings first, while we still may; then user and role. */
export function restoreSessionSql({ settings, user, role }: SessionState): string[] {
  const made = Object.entries(settings).map(
    ([name, value]) => `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`,
  );
  return [
    'RESET SESSION AUTHORIZATION',
    'RESET ROLE',
    ...(made.length > 0 ? [`SELECT ${made.join(', ')}`] : []),
    ...(user === undefined ? [] : [`SET SESSION AUTHORIZATION ${quoteIdentifier(user)}`]),
    `SET ROLE ${role === 'none' ? 'NONE' : quoteIdentifier(role)}`,
  ];
}

/** Timeouts and the like that a role or a database may have, and that say something of a migration. */
export const LOOKED_AT = [
  'default_transaction_read_only',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
] as const;

/** Only functions of the server's own are looked for: one of a user would be somebody else's program. */
export const SERVER = `SELECT current_user::text AS "currentUser", session_user::text AS "sessionUser",
  pg_catalog.current_setting('server_version') AS version, pg_catalog.pg_is_in_recovery() AS standby,
  pg_catalog.host(pg_catalog.inet_server_addr()) AS address, pg_catalog.inet_server_port() AS port,
  EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rdsadmin') AS rds,
  EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version' AND pronargs = 0
    AND pronamespace = 'pg_catalog'::pg_catalog.regnamespace) AS aurora`;

/** Asked only where there is one. */
export const AURORA = 'SELECT pg_catalog.aurora_version()::text AS version';

/** What counts of the defaults of a role in this database, a role, this database, and all roles: the strongest of each. Parameter: names. */
export const DEFAULTS = `SELECT DISTINCT ON (name) name AS setting, value,
    CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN pg_catalog.format('role %s in database %s', session_user, pg_catalog.current_database())
      WHEN s.setrole <> 0 THEN 'role ' || session_user
      WHEN s.setdatabase <> 0 THEN 'database ' || pg_catalog.current_database() ELSE 'all roles' END AS of,
    'ROLE ' || CASE WHEN s.setrole <> 0 THEN pg_catalog.quote_ident(session_user::text) ELSE 'ALL' END
      || CASE WHEN s.setdatabase <> 0 THEN ' IN DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()::text) ELSE '' END AS by,
    pg_catalog.current_setting(name, true) AS "inOurSession"
  FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS line,
    LATERAL (SELECT pg_catalog.split_part(line, '=', 1) AS name,
      pg_catalog.substr(line, pg_catalog.strpos(line, '=') + 1) AS value) pair
  WHERE name = ANY ($1::text[])
    AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
    AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
  ORDER BY name, s.setrole <> 0 DESC, s.setdatabase <> 0 DESC`;

/** What the files of the server say, which only few are shown; the last line that counts. Parameter: names. */
export const CONFIGURATION = `SELECT DISTINCT ON (name) name AS setting, setting AS value, 'the configuration of the server' AS of,
    pg_catalog.current_setting(name, true) AS "inOurSession"
  FROM pg_catalog.pg_file_settings WHERE name = ANY ($1::text[]) AND applied ORDER BY name, seqno DESC`;

export const CONNECTIONS = `SELECT pg_catalog.current_setting('max_connections')::int AS max,
    pg_catalog.current_setting('superuser_reserved_connections')::int
      + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int AS reserved,
    (SELECT pg_catalog.sum(numbackends)::int FROM pg_catalog.pg_stat_database WHERE datid > 0) AS used,
    r.rolconnlimit AS "roleLimit", d.datconnlimit AS "databaseLimit",
    (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity WHERE usesysid = r.oid) AS "roleUsed",
    (SELECT numbackends FROM pg_catalog.pg_stat_database WHERE datid = d.oid) AS "databaseUsed"
  FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
  WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()`;

/** The time there, in milliseconds since the epoch. */
export const PING = `SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::float8 AS at`;

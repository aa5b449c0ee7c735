/*
 * What a user may do, read from the catalog alone: no table of anybody is opened, so nothing here waits for a lock or is waited for.
 */

/** Roles whose rights are this user's own at once, without SET ROLE. */
export const ROLES = `SELECT r.rolsuper AS superuser, r.rolbypassrls AS "bypassRls",
    CASE WHEN r.rolsuper THEN '{}'::text[] ELSE ARRAY(SELECT m.rolname::text FROM pg_catalog.pg_roles m
      WHERE m.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE') ORDER BY 1) END AS "memberOf"
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/** Tables of extensions are not for migrations to alter. */
export const OWNERS = `SELECT pg_catalog.pg_get_userbyid(c.relowner)::text AS owner, pg_catalog.count(*)::int AS tables,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') AS ours
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (pg_catalog.current_schemas(false))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  GROUP BY c.relowner ORDER BY 1`;

export const SCHEMAS = `SELECT pg_catalog.current_setting('search_path') AS "searchPath", pg_catalog.current_schema()::text AS target,
    ARRAY(SELECT s::text FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS s
      WHERE pg_catalog.has_schema_privilege(s::text, 'CREATE')) AS may, pg_catalog.current_schemas(false)::text[] AS schemas`;

/** The schema of the ledger. Parameter: its name. */
export const LEDGER_SCHEMA = `SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS "mayCreate"
  FROM pg_catalog.pg_namespace n WHERE n.nspname = $1`;

/** What this user lacks of four rights on tables of a schema. Parameters: schema, names. */
export const TABLES = `SELECT c.relname::text AS table, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
    ARRAY(SELECT may FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS may
      WHERE NOT pg_catalog.has_table_privilege(c.oid, may)) AS missing
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

export const LOCK = `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_try_advisory_lock(bigint)', 'EXECUTE') AS "mayTake"`;

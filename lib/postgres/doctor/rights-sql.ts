/*
 * What a user may do, read from the catalog alone: no table of anybody is opened, so nothing here waits for a lock or is waited for.
 */

/** Membership, with or without SET ROLE; of a superuser, who may all, none is listed. */
export const ROLES = `SELECT r.rolsuper AS superuser, r.rolbypassrls AS "bypassRls",
    CASE WHEN r.rolsuper THEN '{}'::text[] ELSE ARRAY(SELECT m.rolname::text FROM pg_catalog.pg_roles m
      WHERE m.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER') ORDER BY 1) END AS "memberOf"
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/**
 * What an owner may, others may at once (`ours`), or after SET ROLE (`member`). Tables of extensions are not for migrations to alter, and those of ours are looked at by
 * themselves. Parameters: schema and names of ours.
 */
export const OWNERS = `SELECT pg_catalog.pg_get_userbyid(c.relowner)::text AS owner, pg_catalog.count(*)::int AS tables,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') AS ours, pg_catalog.pg_has_role(c.relowner, 'MEMBER') AS member
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (pg_catalog.current_schemas(false))
    AND NOT (n.nspname = $1 AND c.relname = ANY ($2::text[]))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  GROUP BY c.relowner ORDER BY 1`;

/** Each schema that search_path names, in its order, and what of it this user may; who has no schema of the own name is not expected to. */
export const SCHEMAS = `SELECT pg_catalog.current_setting('search_path') AS "searchPath", pg_catalog.current_schema()::text AS target,
    (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('schema', named, 'exists', n.oid IS NOT NULL,
        'usage', n.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
        'create', n.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')) ORDER BY place), '[]'::jsonb)
      FROM pg_catalog.regexp_split_to_table(pg_catalog.current_setting('search_path'), ',') WITH ORDINALITY AS part(word, place),
        LATERAL (SELECT pg_catalog.btrim(word) AS word) bare,
        LATERAL (SELECT CASE WHEN bare.word = '"$user"' THEN current_user::text
          WHEN bare.word ~ '^".*"$' THEN pg_catalog.replace(pg_catalog.substr(bare.word, 2, pg_catalog.length(bare.word) - 2), '""', '"')
          ELSE pg_catalog.lower(bare.word) END AS named) meant
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = named
      WHERE bare.word <> '' AND named !~ '^pg_' AND (n.oid IS NOT NULL OR bare.word <> '"$user"')) AS schemas`;

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

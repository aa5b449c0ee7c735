import type { TestDatabase } from './database.ts';

/**
 * Everything that a role may do in a database, Postgres' own schemas left out, a line each.
 *
 * @param role quoted where SQL wants that
 */
export async function privilegesOf(role: string, db: Pick<TestDatabase, 'query'>): Promise<string[]> {
  const rows = await db.query<{ line: string }>(
    `with relations as (
      select oid, relkind from pg_class
      where relnamespace not in (select oid from pg_namespace where nspname ~ '^(pg_|information_schema$)')
    )
    select line from (
      select format('database: %s', may) as line
        from unnest(array['connect', 'temporary', 'create']) may
        where has_database_privilege($1::regrole, current_database(), may)
      union all
      select format('schema %s: %s', nspname, may)
        from pg_namespace, unnest(array['usage', 'create']) may
        where nspname !~ '^(pg_|information_schema$)' and has_schema_privilege($1::regrole, oid, may)
      union all
      select format('%s: %s', oid::regclass, may)
        from relations, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
          || case when current_setting('server_version_num')::int >= 170000 then '{maintain}' else '{}'::text[] end) may
        where relkind in ('r', 'p', 'v', 'm', 'f') and has_table_privilege($1::regrole, oid, may)
      union all
      select format('a column of %s: %s', oid::regclass, may)
        from relations, unnest(array['select', 'insert', 'update', 'references']) may
        where relkind in ('r', 'p', 'v', 'm', 'f')
          and has_any_column_privilege($1::regrole, oid, may) and not has_table_privilege($1::regrole, oid, may)
      union all
      select format('sequence %s: %s', oid::regclass, may)
        from relations, unnest(array['usage', 'select', 'update']) may
        where relkind = 'S' and has_sequence_privilege($1::regrole, oid, may)
      union all
      select format('%s: execute', oid::regprocedure) from pg_proc
        where pronamespace not in (select oid from pg_namespace where nspname ~ '^(pg_|information_schema$)')
          and has_function_privilege($1::regrole, oid, 'execute')
      union all
      select format('member of %s', roleid::regrole) from pg_auth_members where member = $1::regrole
    ) everything order by line collate "C"`,
    [role],
  );
  return rows.map(({ line }) => line);
}

/**
 * What the refresher is granted, and what everyone may in a new database. The journal exists only where our tool applied
 * the files.
 */
export const refresherPrivileges = [
  'audit_statistics(): execute',
  'current_deposit_stats: select',
  'database: connect',
  'database: temporary',
  'generic_file_counts: select',
  'historical_deposit_stats: select',
  'intellectual_object_counts: select',
  'populate_all_historical_deposit_stats(): execute',
  'premis_event_counts: select',
  'rebuild_statistics(): execute',
  'schema public: usage',
  'schema_migrations_journal: select',
  'statistics_publications: select',
  'statistics_sources: select',
  'update_counts(interval): execute',
  'update_current_deposit_stats(interval): execute',
  'work_item_counts: select',
];

/** The same where our tool applied the files: then there is a ledger as well. */
export const deployedPrivileges = [...refresherPrivileges, 'schema_migrations: select'].sort();

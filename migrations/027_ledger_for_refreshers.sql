-- Whoever refreshes the statistics may read the ledger: every hour the job tells how many migrations of its deploy the
-- database lacks, as after a restore. Granted to whom grant_statistics_to() has granted the rest.

do $$
declare
  grantee regrole;
begin
  -- Made by registry-jobs; another tool may have applied these files.
  if to_regclass('schema_migrations') is null then
    return;
  end if;
  for grantee in
    select distinct acl.grantee::regrole
    from pg_class c, aclexplode(c.relacl) acl
    where c.oid = 'statistics_sources'::regclass
      and acl.privilege_type = 'SELECT' and acl.grantee not in (0, c.relowner)
  loop
    execute format('grant select on schema_migrations to %s', grantee);
  end loop;
exception
  when insufficient_privilege then
    raise notice 'The hourly job cannot tell which migrations are missing: schema_migrations is not owned by %. '
      'As its owner: grant select on schema_migrations to registry_refresher;', current_user;
end
$$;

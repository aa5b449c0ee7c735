import type pg from 'pg';

type Client = Pick<pg.Client, 'query'>;

/** Not ours: the migrations' own record of themselves, which every run changes. */
const OURS = `c.relnamespace = 'public'::regnamespace and c.relname !~ '^schema_migrations'`;

/**
 * Everything that the schema `public` consists of, a line for each thing: relations with owner, grants and options, columns,
 * sequences, indexes, constraints, views, rules, policies, triggers, functions, types, comments, default grants.
 *
 * @param identities with the ids of the objects, so that one that was dropped and made anew shows as well
 */
export async function catalogOf(client: Client, { identities = true } = {}): Promise<string[]> {
  const id = (column: string) => (identities ? `${column}::text` : `''`);
  const grants = (column: string) => `(select array_agg(g::text order by g::text) from unnest(${column}) g)`;
  const { rows } = await client.query<{ line: string }>(`
    select line from (
      select format('schema %s %s %s', nspname, nspowner::regrole, ${grants('nspacl')}) as line
        from pg_namespace where nspname = 'public'
      union all
      select format('relation %s %s %s %s owner %s, %s, %s, populated %s, security %s %s, replica %s', c.relkind, c.relname,
          ${id('c.oid')}, c.relpersistence, c.relowner::regrole, ${grants('c.relacl')}, c.reloptions, c.relispopulated,
          c.relrowsecurity, c.relforcerowsecurity, c.relreplident)
        from pg_class c where ${OURS}
      union all
      select format('column %s.%s %s %s not null %s, default %s, %s %s, %s, %s, %s', c.relname, a.attname, a.attnum,
          format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
          a.attstorage, a.attcollation::regcollation, ${grants('a.attacl')})
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where ${OURS} and c.relkind <> 'i' and a.attnum > 0 and not a.attisdropped
      union all
      select format('sequence %s %s %s %s %s %s %s', c.relname, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcycle)
        from pg_sequence s join pg_class c on c.oid = s.seqrelid where ${OURS}
      union all
      select format('index %s valid %s, clustered %s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered)
        from pg_index i join pg_class c on c.oid = i.indrelid where ${OURS}
      union all
      select format('constraint %s on %s %s %s, valid %s', n.conname, c.relname, ${id('n.oid')}, pg_get_constraintdef(n.oid),
          n.convalidated)
        from pg_constraint n join pg_class c on c.oid = n.conrelid where ${OURS}
      union all
      select format('view %s %s', c.relname, pg_get_viewdef(c.oid)) from pg_class c where ${OURS} and c.relkind in ('v', 'm')
      union all
      select format('rule %s %s', ${id('r.oid')}, pg_get_ruledef(r.oid)) from pg_rewrite r
        join pg_class c on c.oid = r.ev_class where ${OURS}
      union all
      select format('policy %s on %s %s', p.polname, c.relname, to_jsonb(p) - 'oid' - 'polrelid') from pg_policy p
        join pg_class c on c.oid = p.polrelid where ${OURS}
      union all
      select format('trigger %s enabled %s %s', ${id('t.oid')}, t.tgenabled, pg_get_triggerdef(t.oid)) from pg_trigger t
        join pg_class c on c.oid = t.tgrelid where ${OURS} and not t.tgisinternal
      union all
      select format('function %s owner %s, %s %s', ${id('p.oid')}, p.proowner::regrole, ${grants('p.proacl')},
          pg_get_functiondef(p.oid))
        from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind <> 'a'
      union all
      select format('type %s %s %s', t.typname, t.typtype, pg_get_expr(t.typdefaultbin, 0)) from pg_type t
        where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd', 'r')
      union all
      select format('comment on %s: %s', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description)
        from pg_description d
        where (d.classoid, d.objoid) in (
          select 'pg_class'::regclass, c.oid from pg_class c where ${OURS}
          union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'public'::regnamespace
          union all select 'pg_constraint'::regclass, oid from pg_constraint where connamespace = 'public'::regnamespace
          union all select 'pg_trigger'::regclass, t.oid from pg_trigger t join pg_class c on c.oid = t.tgrelid where ${OURS})
      union all
      select format('default grants %s %s %s', defaclrole::regrole, defaclobjtype, ${grants('defaclacl')}) from pg_default_acl
      union all
      select format('extension %s %s', extname, extversion) from pg_extension
    ) everything order by line collate "C"`);
  return rows.map(({ line }) => line);
}

/** What every table of `public` holds and where its sequence stands: a line for each, with a digest of its rows in any order. */
export async function contentsOf(client: Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string; kind: string }>(
    `select c.oid::regclass::text as name, c.relkind as kind from pg_class c
     where ${OURS} and (c.relkind in ('r', 'S') or c.relkind = 'm' and c.relispopulated) order by 1`,
  );
  const digests = tables.map(({ name, kind }) =>
    kind === 'S'
      ? `select '${name}' as name, format('%s %s', last_value, is_called) as contents from ${name}`
      : `select '${name}' as name, format('%s rows %s', count(*), sum(hashtextextended(t::text, 0)::numeric)) as contents from ${name} t`,
  );
  if (digests.length === 0) return [];
  const { rows } = await client.query<{ name: string; contents: string }>(digests.join('\nunion all\n'));
  // The server may well read the tables side by side.
  return rows.map(({ name, contents }) => `${name}: ${contents}`).sort();
}

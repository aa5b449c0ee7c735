import { FIRST_OWN_OID, hasComment, isOurs, owner, relation, selectObjects, sorted } from './object-query.ts';

/** Whether a trigger or a rule is at work: always, or in ordinary sessions, or where changes of another server are applied. */
const state = (column: string) =>
  `CASE ${column} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled for replicas' WHEN 'A' THEN 'enabled always' ELSE 'enabled' END`;

/** Older servers took what a partition has of its parent's for their own. */
const CLONE = ' OR g.tgparentid <> 0 AND g.tgconstraint = 0';

export const triggers = (major: number): string =>
  selectObjects({
    kind: `'trigger'`,
    name: 'quote_ident(g.tgname)',
    of: 'c.named',
    row: 'g',
    properties: {
      definition: 'pg_get_triggerdef(g.oid)',
      state: state('g.tgenabled'),
      inherited: `CASE WHEN g.tgparentid <> 0 THEN true END`,
    },
    from: `FROM pg_trigger g JOIN wholes c ON c.oid = g.tgrelid
    WHERE g.oid >= ${FIRST_OWN_OID} AND (NOT g.tgisinternal${major < 15 ? CLONE : ''})`,
  });

/** Rules. A view is one as well, whose text is the view's definition. */
export const rules = (): string =>
  selectObjects({
    kind: `'rule'`,
    name: 'quote_ident(r.rulename)',
    of: 'c.named',
    row: 'r',
    properties: {
      definition: `pg_get_ruledef(r.oid)`,
      state: state('r.ev_enabled'),
    },
    from: `FROM pg_rewrite r JOIN wholes c ON c.oid = r.ev_class
    WHERE r.oid >= ${FIRST_OWN_OID}
      AND (r.rulename <> '_RETURN' OR r.ev_enabled <> 'O' OR ${hasComment('r')})`,
  });

/** Policies, those on an extension's table as well: none came with the extension. */
export const policies = (): string =>
  selectObjects({
    kind: `'policy'`,
    name: 'quote_ident(p.polname)',
    of: relation('c', 'n'),
    row: 'p',
    properties: {
      restrictive: `CASE WHEN NOT p.polpermissive THEN true END`,
      command: `CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END`,
      'roles[]': `ARRAY(SELECT CASE WHEN x = 0 THEN 'public' ELSE ${owner('x')}::text END FROM unnest(p.polroles) x ORDER BY 1)`,
      using: 'pg_get_expr(p.polqual, p.polrelid)',
      'with check': 'pg_get_expr(p.polwithcheck, p.polrelid)',
    },
    from: `FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE p.oid >= ${FIRST_OWN_OID} AND c.relpersistence <> 't'`,
  });

export const eventTriggers = (): string =>
  selectObjects({
    kind: `'event trigger'`,
    name: 'quote_ident(e.evtname)',
    row: 'e',
    properties: {
      owner: owner('e.evtowner'),
      event: 'e.evtevent',
      function: 'e.evtfoid::regprocedure::text',
      state: state('e.evtenabled'),
      'tags[]': sorted('e.evttags'),
    },
    from: `FROM pg_event_trigger e WHERE ${isOurs('e')}`,
  });

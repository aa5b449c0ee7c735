import { connectionWithoutSecrets } from './hidden.ts';
import { FIRST_OWN_OID, onlyTrue, owner, selectObjects, spelled } from './object-query.ts';

export const publications = (major: number): string =>
  selectObjects({
    kind: `'publication'`,
    name: 'quote_ident(p.pubname)',
    row: 'p',
    properties: {
      owner: owner('p.pubowner'),
      'for all tables': onlyTrue('p.puballtables'),
      publishes: `concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)`,
      'publishing via the root': onlyTrue('p.pubviaroot'),
      'generated columns': major >= 18 && `CASE p.pubgencols WHEN 's' THEN 'stored' END`,
      'tables[]': `NULLIF(ARRAY(SELECT r.prrelid::regclass::text${major >= 15 ? COLUMNS_AND_ROWS : ''} FROM pg_publication_rel r
        WHERE r.prpubid = p.oid ORDER BY 1), '{}')`,
      'schemas[]':
        major >= 15 &&
        `NULLIF(ARRAY(SELECT s.pnnspid::regnamespace::text FROM pg_publication_namespace s WHERE s.pnpubid = p.oid ORDER BY 1), '{}')`,
    },
    from: `FROM pg_publication p WHERE p.oid >= ${FIRST_OWN_OID}`,
  });

const COLUMNS_AND_ROWS = ` || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '')
        || coalesce(' where ' || pg_get_expr(r.prqual, r.prrelid), '')`;

/**
 * Subscriptions, and not how far each table of them is.
 *
 * @param readable columns of `pg_subscription` that the role may read; it would be refused the whole query for one that it may not. All where
 *   nothing is said
 */
export function subscriptions(major: number, readable?: ReadonlySet<string>): string {
  const may = (sql: string) =>
    !readable || [...sql.matchAll(/\bs\.(\w+)/g)].every(([, column = '']) => readable.has(column));
  if (!may('s.subdbid s.subname')) return '';
  const properties = Object.entries(subscriptionProperties(major)).filter(
    ([, sql]) => sql !== false && may(sql),
  );
  return selectObjects({
    kind: `'subscription'`,
    name: 'quote_ident(s.subname)',
    row: 's',
    address: `'pg_subscription'::regclass, ${may('s.oid') ? 's.oid' : '0'}, 0`,
    properties: Object.fromEntries(properties),
    from: `FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  });
}

const subscriptionProperties = (major: number): Record<string, string | false> => ({
  owner: owner('s.subowner'),
  enabled: 's.subenabled',
  connection: connectionWithoutSecrets('s.subconninfo'),
  slot: 's.subslotname',
  'synchronous commit': 's.subsynccommit',
  'publications[]': `ARRAY(SELECT x FROM unnest(s.subpublications) x ORDER BY 1)`,
  binary: major >= 14 && onlyTrue('s.subbinary'),
  streaming:
    major >= 16
      ? spelled('s.substream', { f: 'off', t: 'on', p: 'parallel' })
      : major >= 14 && `CASE WHEN s.substream THEN 'on' ELSE 'off' END`,
  'two phase': major >= 15 && `s.subtwophasestate <> 'd'`,
  'disabling itself on error': major >= 15 && onlyTrue('s.subdisableonerr'),
  'password required': major >= 16 && 's.subpasswordrequired',
  'running as its owner': major >= 16 && onlyTrue('s.subrunasowner'),
  origin: major >= 16 && 's.suborigin',
  'kept for failover': major >= 17 && onlyTrue('s.subfailover'),
});

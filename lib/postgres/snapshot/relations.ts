import { withoutSecrets } from './hidden.ts';
import {
  columnNames,
  isLasting,
  isOurs,
  named,
  onlyTrue,
  owner,
  privileges,
  qualified,
  relationKind,
  selectObjects,
  sorted,
} from './object-query.ts';

const DEPENDS_ON_COLUMN = `FROM pg_depend o JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
    WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0 AND o.refclassid = 'pg_class'::regclass
      AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i') LIMIT 1`;

const unlogged = `CASE c.relpersistence WHEN 'u' THEN true END`;

/** Said both ways, of what can have it. */
const onOff = (column: string) =>
  `CASE WHEN c.relkind IN ('r', 'p') THEN CASE WHEN ${column} THEN 'on' ELSE 'off' END END`;

/** Tables, views, materialized views and foreign tables. */
export const relations = (major: number): string =>
  selectObjects({
    kind: relationKind('c'),
    name: qualified('n.nspname', 'c.relname'),
    row: 'c',
    properties: {
      owner: owner('c.relowner'),
      'privileges[]': privileges('c.relacl', `'r'`, 'c.relowner'),
      unlogged,
      definition: `CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END`,
      'not populated': `CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN true END`,
      'options[]': sorted(`(c.reloptions || CASE WHEN t.reloptions IS NOT NULL THEN ARRAY(
        SELECT 'toast.' || o FROM unnest(t.reloptions) o) END)`),
      tablespace: `CASE WHEN c.reltablespace <> 0 THEN (SELECT spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) END`,
      'access method': 'm.amname',
      'row security': onOff('c.relrowsecurity'),
      'forced row security': onOff('c.relforcerowsecurity'),
      'replica identity': `CASE WHEN c.relkind IN ('r', 'p', 'm') THEN
        CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN 'an index' END END`,
      'composite type': named('c.reloftype', 'regtype'),
      'partition key': `CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END`,
      bound: `CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END`,
      'parents[]': 'h.parents',
      'half detached': major >= 14 && 'h.pending',
      server: 's.srvname',
      'foreign options[]': withoutSecrets('f.ftoptions'),
      'with an invalid TOAST index': onlyTrue(
        'c.reltoastrelid IN (SELECT i.indrelid FROM pg_index i WHERE NOT (i.indisvalid AND i.indisready AND i.indislive))',
      ),
      'order of columns[]': columnNames('c.oid'),
    },
    from: `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
      LEFT JOIN pg_am m ON m.oid = c.relam LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
      LEFT JOIN (SELECT inhrelid, array_agg(inhparent::regclass::text ORDER BY inhseqno) AS parents${major >= 14 ? ', NULLIF(bool_or(inhdetachpending), false) AS pending' : ''}
        FROM pg_inherits GROUP BY inhrelid) h ON h.inhrelid = c.oid
    WHERE ${isOurs('c')} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'`,
  });

/** Sequences, not their values. */
export const sequences = (): string =>
  selectObjects({
    kind: `'sequence'`,
    name: qualified('n.nspname', 'c.relname'),
    row: 'c',
    properties: {
      owner: owner('c.relowner'),
      'privileges[]': privileges('c.relacl', `'s'`, 'c.relowner'),
      unlogged,
      type: 'format_type(s.seqtypid, NULL)',
      start: 's.seqstart',
      increment: 's.seqincrement',
      minimum: 's.seqmin',
      maximum: 's.seqmax',
      cache: 's.seqcache',
      cycling: onlyTrue('s.seqcycle'),
      'owning column': `(SELECT o.refobjid::regclass::text || '.' || quote_ident(a.attname) ${DEPENDS_ON_COLUMN})`,
      'an identity': `(SELECT true FROM pg_depend o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0
        AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype = 'i')`,
    },
    from: `FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${isOurs('c')} AND c.relpersistence <> 't'`,
  });

/** Schemas. `public` came with the server, but whoever owns the database may do with it what they like. */
export const schemas = (): string =>
  selectObjects({
    kind: `'schema'`,
    name: 'quote_ident(n.nspname)',
    row: 'n',
    properties: { owner: owner('n.nspowner'), 'privileges[]': privileges('n.nspacl', `'n'`, 'n.nspowner') },
    from: `FROM pg_namespace n WHERE (${isOurs('n')} OR n.nspname = 'public') AND ${isLasting('n')}`,
  });

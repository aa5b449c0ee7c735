import {
  columnOptions,
  FIRST_OWN_OID,
  inheritance,
  named,
  onlyTrue,
  STORAGE,
  selectObjects,
  sorted,
  spelled,
} from './object-query.ts';

/** Columns of tables, views and foreign tables, and the attributes of composite types. */
export const columns = (major: number): string =>
  selectObjects({
    kind: `CASE c.relkind WHEN 'c' THEN 'attribute' ELSE 'column' END`,
    name: 'quote_ident(a.attname)',
    of: 'c.named',
    row: 'a',
    address: `'pg_class'::regclass, a.attrelid, a.attnum::int`,
    properties: {
      type: 'format_type(a.atttypid, a.atttypmod)',
      collation: `CASE WHEN a.attcollation <> t.typcollation THEN ${named('a.attcollation', 'regcollation')} END`,
      'not null': onlyTrue('a.attnotnull'),
      default: `CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END`,
      generated: `CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END`,
      expression: `CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END`,
      identity: `CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END`,
      storage: `CASE WHEN a.attstorage <> t.typstorage THEN ${spelled('a.attstorage', STORAGE)} END`,
      compression: major >= 14 && `CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END`,
      'statistics target': 'NULLIF(a.attstattarget, -1)',
      'options[]': sorted(columnOptions('a.attoptions')),
      'foreign options[]': sorted('a.attfdwoptions'),
      'privileges[]': `NULLIF(${sorted('a.attacl')}, '{}')`,
      // With its own declaration it stays when the parent's goes.
      inheritance: inheritance('a.attinhcount', 'a.attislocal'),
    },
    from: `FROM pg_attribute a JOIN wholes c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid >= ${FIRST_OWN_OID} AND a.attnum > 0 AND NOT a.attisdropped`,
  });

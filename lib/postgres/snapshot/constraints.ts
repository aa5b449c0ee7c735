import {
  FIRST_OWN_OID,
  inheritance,
  isLasting,
  isNoMember,
  isOurs,
  onlyFalse,
  onlyTrue,
  owner,
  qualified,
  selectObjects,
} from './object-query.ts';

const KIND = `CASE o.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint' WHEN 'f' THEN 'foreign key'
    WHEN 'x' THEN 'exclusion constraint' WHEN 'n' THEN 'not-null constraint' ELSE 'check constraint' END`;

/**
 * Constraints of tables. What a foreign key to a partitioned table has for each of its partitions is left out, since the server names
 * it; a constraint trigger is a trigger.
 */
export const tableConstraints = (): string =>
  selectObjects({
    kind: KIND,
    name: 'quote_ident(o.conname)',
    of: 'c.named',
    row: 'o',
    properties: {
      definition: 'pg_get_constraintdef(o.oid)',
      inheritance: inheritance('o.coninhcount', 'o.conislocal'),
      // A foreign key works by triggers, which a superuser can turn off.
      'trigger state[]': `CASE WHEN o.contype = 'f' THEN NULLIF(ARRAY(SELECT DISTINCT CASE g.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END
        FROM pg_trigger g WHERE g.tgconstraint = o.oid AND g.tgenabled <> 'O' ORDER BY 1), '{}') END`,
    },
    from: `FROM pg_constraint o JOIN wholes c ON c.oid = o.conrelid
    WHERE o.oid >= ${FIRST_OWN_OID} AND o.contype <> 't'
      AND NOT (o.contype = 'f' AND o.conparentid <> 0
        AND (SELECT p.conrelid FROM pg_constraint p WHERE p.oid = o.conparentid) = o.conrelid)`,
  });

export const domainConstraints = (): string =>
  selectObjects({
    kind: KIND,
    name: 'quote_ident(o.conname)',
    of: `'domain ' || ${qualified('n.nspname', 't.typname')}`,
    row: 'o',
    properties: {
      definition: 'pg_get_constraintdef(o.oid)',
    },
    from: `FROM pg_constraint o JOIN pg_type t ON t.oid = o.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE o.oid >= ${FIRST_OWN_OID} AND o.contypid <> 0 AND ${isLasting('n')} AND ${isNoMember('t')}`,
  });

/** Indexes, those of constraints as well: whether one is valid is not said of the constraint. */
export const indexes = (): string =>
  selectObjects({
    kind: `'index'`,
    name: qualified('n.nspname', 'c.relname'),
    of: 'r.named',
    row: 'c',
    properties: {
      definition: 'pg_get_indexdef(i.indexrelid)',
      invalid: onlyFalse('i.indisvalid'),
      'not ready': onlyFalse('i.indisready'),
      'not live': onlyFalse('i.indislive'),
      clustered: onlyTrue('i.indisclustered'),
      'the replica identity': onlyTrue('i.indisreplident'),
      tablespace: `CASE WHEN c.reltablespace <> 0 THEN (SELECT spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) END`,
      // Of expressions: a column of the table has its own.
      'statistics targets[]': `CASE WHEN i.indexprs IS NOT NULL THEN NULLIF(ARRAY(SELECT a.attnum || ': ' || a.attstattarget FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attstattarget >= 0 ORDER BY a.attnum), '{}') END`,
      'parent index': `CASE WHEN c.relispartition THEN (SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = c.oid) END`,
    },
    from: `FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN wholes r ON r.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indexrelid >= ${FIRST_OWN_OID}`,
  });

/** Statistics of several columns, or of expressions. */
export const statisticsObjects = (): string =>
  selectObjects({
    kind: `'statistics object'`,
    name: qualified('n.nspname', 's.stxname'),
    row: 's',
    properties: {
      owner: owner('s.stxowner'),
      definition: 'pg_get_statisticsobjdef(s.oid)',
      target: 'NULLIF(s.stxstattarget, -1)',
    },
    from: `FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${isOurs('s')} AND ${isLasting('n')}`,
  });

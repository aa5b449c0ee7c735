import {
  columnNames,
  hasComment,
  isLasting,
  isOurs,
  named,
  onlyFalse,
  onlyTrue,
  owner,
  privileges,
  qualified,
  STORAGE,
  selectObjects,
  spelled,
} from './object-query.ts';

const NAME = qualified('n.nspname', 't.typname');
const FROM = `FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace`;
const OURS = `${isOurs('t')} AND ${isLasting('n')}`;
/** The text beside it was made when the type was, in the session's words of that time. */
const DEFAULT = 'coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault)';
const access = {
  owner: owner('t.typowner'),
  'privileges[]': privileges('t.typacl', `'T'`, 't.typowner'),
};

export const domains = (): string =>
  selectObjects({
    kind: `'domain'`,
    name: NAME,
    row: 't',
    properties: {
      ...access,
      type: 'format_type(t.typbasetype, t.typtypmod)',
      collation: `CASE WHEN t.typcollation <> b.typcollation THEN ${named('t.typcollation', 'regcollation')} END`,
      'not null': onlyTrue('t.typnotnull'),
      default: DEFAULT,
    },
    from: `${FROM} JOIN pg_type b ON b.oid = t.typbasetype WHERE ${OURS} AND t.typtype = 'd'`,
  });

/** Enumerations, composite types, ranges. */
export const namedTypes = (major: number): string =>
  selectObjects({
    kind: `'type'`,
    name: NAME,
    row: 't',
    properties: {
      ...access,
      'labels[]': `CASE WHEN t.typtype = 'e' THEN ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) END`,
      'order of attributes[]': `CASE WHEN t.typtype = 'c' THEN ${columnNames('t.typrelid')} END`,
      subtype: 'format_type(r.rngsubtype, NULL)',
      collation: `CASE WHEN r.rngcollation <> s.typcollation THEN ${named('r.rngcollation', 'regcollation')} END`,
      'operator class': `(SELECT ${qualified('o.nspname', 'k.opcname')} FROM pg_opclass k JOIN pg_namespace o ON o.oid = k.opcnamespace
        WHERE k.oid = r.rngsubopc)`,
      'canonical function': named('r.rngcanonical', 'regprocedure'),
      'difference function': named('r.rngsubdiff', 'regprocedure'),
      'multirange type': major >= 14 && 'format_type(r.rngmultitypid, NULL)',
    },
    from: `${FROM} LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_range r ON r.rngtypid = t.oid
      LEFT JOIN pg_type s ON s.oid = r.rngsubtype
    WHERE ${OURS} AND t.typtype IN ('e', 'c', 'r') AND (t.typrelid = 0 OR c.relkind = 'c')`,
  });

/** The types that a table and a range have of their own, where something has been granted on one, or said of it. */
export const ownTypes = (): string =>
  selectObjects({
    kind: `CASE t.typtype WHEN 'c' THEN 'row type' ELSE 'multirange type' END`,
    name: NAME,
    row: 't',
    properties: {
      owner: `CASE WHEN t.typtype = 'm' THEN ${access.owner} END`,
      'privileges[]': access['privileges[]'],
    },
    from: `${FROM} LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE ${OURS} AND (t.typtype = 'm'
      OR t.typtype = 'c' AND c.relkind <> 'c' AND (t.typacl IS NOT NULL OR ${hasComment('t')}))`,
  });

/** Types that functions make, and those that are announced only. The array of each type is not one of its own. */
export const baseTypes = (major: number): string =>
  selectObjects({
    kind: `'type'`,
    name: NAME,
    row: 't',
    properties: {
      ...access,
      'not defined': onlyFalse('t.typisdefined'),
      'input function': named('t.typinput', 'regprocedure'),
      'output function': named('t.typoutput', 'regprocedure'),
      'receive function': named('t.typreceive', 'regprocedure'),
      'send function': named('t.typsend', 'regprocedure'),
      'modifier input': named('t.typmodin', 'regprocedure'),
      'modifier output': named('t.typmodout', 'regprocedure'),
      'analyze function': named('t.typanalyze', 'regprocedure'),
      'subscript function': major >= 14 && named('t.typsubscript', 'regprocedure'),
      length: 't.typlen',
      'passed by value': onlyTrue('t.typbyval'),
      category: 't.typcategory',
      preferred: onlyTrue('t.typispreferred'),
      delimiter: `t.typdelim`,
      element: named('t.typelem', 'regtype'),
      alignment: spelled('t.typalign', { c: 'char', s: 'int2', i: 'int4', d: 'double' }),
      storage: spelled('t.typstorage', STORAGE),
      default: DEFAULT,
      collatable: `CASE WHEN t.typcollation <> 0 THEN true END`,
    },
    from: `${FROM} WHERE ${OURS} AND t.typtype IN ('b', 'p')
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid AND e.oid = t.typelem)`,
  });

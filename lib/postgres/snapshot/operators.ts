import {
  FIRST_OWN_OID,
  isLasting,
  isNoMember,
  isOurs,
  named,
  onlyTrue,
  owner,
  qualified,
  selectObjects,
} from './object-query.ts';

export const operators = (): string =>
  selectObjects({
    kind: `'operator'`,
    name: 'o.oid::regoperator',
    row: 'o',
    properties: {
      owner: owner('o.oprowner'),
      function: named('o.oprcode', 'regprocedure'),
      commutator: named('o.oprcom', 'regoperator'),
      negator: named('o.oprnegate', 'regoperator'),
      'restriction estimator': named('o.oprrest', 'regprocedure'),
      'join estimator': named('o.oprjoin', 'regprocedure'),
      hashable: onlyTrue('o.oprcanhash'),
      mergeable: onlyTrue('o.oprcanmerge'),
    },
    from: `FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE ${isOurs('o')} AND ${isLasting('n')}`,
  });

const FAMILY = `${qualified('fn.nspname', 'f.opfname')} || ' using ' || quote_ident(m.amname)`;
const FAMILIES = `JOIN pg_namespace fn ON fn.oid = f.opfnamespace JOIN pg_am m ON m.oid = f.opfmethod`;
const OPERATOR = `'operator ' || a.amopstrategy || ' ' || a.amopopr::regoperator::text`;
const FUNCTION = `'function ' || a.amprocnum || ' (' || format_type(a.amproclefttype, NULL) || ',' || format_type(a.amprocrighttype, NULL)
    || ')'`;

/** What an operator class was made with, as against what its family was given later. */
const members = (
  catalog: string,
  text: string,
) => `SELECT ${text} AS member FROM pg_depend d JOIN ${catalog} a ON a.oid = d.objid
  WHERE d.classid = '${catalog}'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = o.oid AND d.deptype = 'i'`;

export const operatorClasses = (): string =>
  selectObjects({
    kind: `'operator class'`,
    name: `${qualified('n.nspname', 'o.opcname')} || ' using ' || quote_ident(m.amname)`,
    row: 'o',
    properties: {
      owner: owner('o.opcowner'),
      family: FAMILY,
      type: 'format_type(o.opcintype, NULL)',
      storage: `CASE WHEN o.opckeytype <> 0 THEN format_type(o.opckeytype, NULL) END`,
      'the default': onlyTrue('o.opcdefault'),
      'members[]': `ARRAY(SELECT member FROM (${members('pg_amop', OPERATOR)} UNION ALL ${members('pg_amproc', FUNCTION)}) x
        ORDER BY member COLLATE "C")`,
    },
    from: `FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_opfamily f ON f.oid = o.opcfamily ${FAMILIES}
    WHERE ${isOurs('o')} AND ${isLasting('n')}`,
  });

export const operatorFamilies = (): string =>
  selectObjects({
    kind: `'operator family'`,
    name: FAMILY,
    row: 'f',
    properties: { owner: owner('f.opfowner') },
    from: `FROM pg_opfamily f ${FAMILIES} WHERE ${isOurs('f')} AND ${isLasting('fn')}`,
  });

/** True of what no extension has put into a family, by a class of its own or otherwise. */
const putInByUs = `a.oid >= ${FIRST_OWN_OID} AND ${isNoMember('f')} AND NOT EXISTS (
    SELECT FROM pg_depend d JOIN pg_depend e ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e'
    WHERE d.classid = a.tableoid AND d.objid = a.oid AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i')`;

/** One by one, since a family of the server's own can be given more as well. */
export const familyOperators = (): string =>
  selectObjects({
    kind: `'operator of a family'`,
    name: `${FAMILY} || ': ' || ${OPERATOR}`,
    row: 'a',
    properties: {
      'sorts by': `(SELECT ${qualified('x.nspname', 's.opfname')} FROM pg_opfamily s JOIN pg_namespace x ON x.oid = s.opfnamespace
        WHERE s.oid = a.amopsortfamily)`,
      purpose: `CASE a.amoppurpose WHEN 'o' THEN 'ordering' END`,
    },
    from: `FROM pg_amop a JOIN pg_opfamily f ON f.oid = a.amopfamily ${FAMILIES} WHERE ${putInByUs}`,
  });

export const familyFunctions = (): string =>
  selectObjects({
    kind: `'function of a family'`,
    name: `${FAMILY} || ': ' || ${FUNCTION}`,
    row: 'a',
    properties: { function: 'a.amproc::regprocedure::text' },
    from: `FROM pg_amproc a JOIN pg_opfamily f ON f.oid = a.amprocfamily ${FAMILIES} WHERE ${putInByUs}`,
  });

/** How an index or a table is kept. */
export const accessMethods = (): string =>
  selectObjects({
    kind: `'access method'`,
    name: 'quote_ident(m.amname)',
    row: 'm',
    properties: {
      type: `CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END`,
      handler: 'm.amhandler::regprocedure::text',
    },
    from: `FROM pg_am m WHERE ${isOurs('m')}`,
  });

import {
  isLasting,
  isOurs,
  named,
  onlyTrue,
  owner,
  privileges,
  selectObjects,
  sorted,
  spelled,
} from './object-query.ts';

const FROM = `FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang`;
const OURS = `${isOurs('p')} AND ${isLasting('n')}`;
const common = {
  owner: owner('p.proowner'),
  'privileges[]': privileges('p.proacl', `'f'`, 'p.proowner'),
  arguments: 'pg_get_function_arguments(p.oid)',
  parallel: `CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END`,
};

/** Functions, procedures and window functions, each told by the types of what it is given. */
export const functions = (major: number): string =>
  selectObjects({
    kind: `CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END`,
    name: 'p.oid::regprocedure',
    row: 'p',
    properties: {
      ...common,
      'a window function': `CASE WHEN p.prokind = 'w' THEN true END`,
      returns: 'pg_get_function_result(p.oid)',
      language: 'l.lanname',
      volatility: `CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END`,
      strict: onlyTrue('p.proisstrict'),
      'security definer': onlyTrue('p.prosecdef'),
      leakproof: onlyTrue('p.proleakproof'),
      cost: 'p.procost',
      rows: 'NULLIF(p.prorows, 0)',
      'support function': named('p.prosupport', 'regprocedure'),
      'transforms[]': `CASE WHEN p.protrftypes IS NOT NULL THEN ARRAY(SELECT format_type(x, NULL) FROM unnest(p.protrftypes) x) END`,
      'settings[]': sorted('p.proconfig'),
      library: 'p.probin',
      body: major >= 14 ? 'coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)' : 'p.prosrc',
    },
    from: `${FROM} WHERE ${OURS} AND p.prokind <> 'a'`,
  });

/** What its final function does to the state. */
const MODIFIES = { r: 'nothing', s: 'what can be shared', w: 'all' };

export const aggregates = (): string =>
  selectObjects({
    kind: `'aggregate'`,
    name: 'p.oid::regprocedure',
    row: 'p',
    properties: {
      ...common,
      returns: 'format_type(p.prorettype, NULL)',
      'kind of aggregate': `CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END`,
      'direct arguments': 'NULLIF(a.aggnumdirectargs, 0)',
      'transition function': named('a.aggtransfn', 'regprocedure'),
      'state type': named('a.aggtranstype', 'regtype'),
      'state size': 'NULLIF(a.aggtransspace, 0)',
      'initial value': 'a.agginitval',
      'final function': named('a.aggfinalfn', 'regprocedure'),
      'giving its final function the arguments': onlyTrue('a.aggfinalextra'),
      'final modifies': spelled('a.aggfinalmodify', MODIFIES),
      'combine function': named('a.aggcombinefn', 'regprocedure'),
      'serialize function': named('a.aggserialfn', 'regprocedure'),
      'deserialize function': named('a.aggdeserialfn', 'regprocedure'),
      'moving transition': named('a.aggmtransfn', 'regprocedure'),
      'moving inverse': named('a.aggminvtransfn', 'regprocedure'),
      'moving state type': named('a.aggmtranstype', 'regtype'),
      'moving state size': 'NULLIF(a.aggmtransspace, 0)',
      'moving initial': 'a.aggminitval',
      'moving final': named('a.aggmfinalfn', 'regprocedure'),
      'giving its moving final function the arguments': onlyTrue('a.aggmfinalextra'),
      'moving final modifies': spelled('a.aggmfinalmodify', MODIFIES),
      'sort operator': named('a.aggsortop', 'regoperator'),
    },
    from: `${FROM} JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE ${OURS}`,
  });

import { isLasting, isOurs, named, owner, qualified, selectObjects } from './object-query.ts';

/** The name of one that is referred to. */
const nameOf = (
  catalog: string,
  prefix: string,
  oid: string,
) => `(SELECT ${qualified('o.nspname', `x.${prefix}name`)}
      FROM ${catalog} x JOIN pg_namespace o ON o.oid = x.${prefix}namespace WHERE x.oid = ${oid})`;

const from = (catalog: string, alias: string, prefix: string) =>
  `FROM ${catalog} ${alias} JOIN pg_namespace n ON n.oid = ${alias}.${prefix}namespace WHERE ${isOurs(alias)} AND ${isLasting('n')}`;

export const textSearchParsers = (): string =>
  selectObjects({
    kind: `'text search parser'`,
    name: qualified('n.nspname', 'p.prsname'),
    row: 'p',
    properties: {
      start: named('p.prsstart', 'regprocedure'),
      token: named('p.prstoken', 'regprocedure'),
      end: named('p.prsend', 'regprocedure'),
      headline: named('p.prsheadline', 'regprocedure'),
      types: named('p.prslextype', 'regprocedure'),
    },
    from: from('pg_ts_parser', 'p', 'prs'),
  });

export const textSearchTemplates = (): string =>
  selectObjects({
    kind: `'text search template'`,
    name: qualified('n.nspname', 't.tmplname'),
    row: 't',
    properties: {
      init: named('t.tmplinit', 'regprocedure'),
      lexize: named('t.tmpllexize', 'regprocedure'),
    },
    from: from('pg_ts_template', 't', 'tmpl'),
  });

export const textSearchDictionaries = (): string =>
  selectObjects({
    kind: `'text search dictionary'`,
    name: qualified('n.nspname', 'd.dictname'),
    row: 'd',
    properties: {
      owner: owner('d.dictowner'),
      template: nameOf('pg_ts_template', 'tmpl', 'd.dicttemplate'),
      options: 'd.dictinitoption',
    },
    from: from('pg_ts_dict', 'd', 'dict'),
  });

export const textSearchConfigurations = (): string =>
  selectObjects({
    kind: `'text search configuration'`,
    name: qualified('n.nspname', 'c.cfgname'),
    row: 'c',
    properties: {
      owner: owner('c.cfgowner'),
      parser: nameOf('pg_ts_parser', 'prs', 'c.cfgparser'),
      // In the order in which the dictionaries are asked.
      'mappings[]': `ARRAY(SELECT k.alias || ' -> ' || string_agg(${nameOf('pg_ts_dict', 'dict', 'm.mapdict')}, ', ' ORDER BY m.mapseqno)
        FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
        WHERE m.mapcfg = c.oid GROUP BY k.alias ORDER BY k.alias COLLATE "C")`,
    },
    from: from('pg_ts_config', 'c', 'cfg'),
  });

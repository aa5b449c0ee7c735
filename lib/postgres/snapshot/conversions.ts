import {
  isLasting,
  isOurs,
  named,
  onlyFalse,
  onlyTrue,
  owner,
  qualified,
  selectObjects,
} from './object-query.ts';

const TYPES = (one: string, other: string) =>
  `'(' || format_type(${one}, NULL) || ' as ' || format_type(${other}, NULL) || ')'`;

export const casts = (): string =>
  selectObjects({
    kind: `'cast'`,
    name: TYPES('c.castsource', 'c.casttarget'),
    row: 'c',
    properties: {
      function: named('c.castfunc', 'regprocedure'),
      context: `CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END`,
      method: `CASE c.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'without function' END`,
    },
    from: `FROM pg_cast c WHERE ${isOurs('c')}`,
  });

/** From one encoding to another. */
export const conversions = (): string =>
  selectObjects({
    kind: `'conversion'`,
    name: qualified('n.nspname', 'c.conname'),
    row: 'c',
    properties: {
      owner: owner('c.conowner'),
      from: 'pg_encoding_to_char(c.conforencoding)',
      to: 'pg_encoding_to_char(c.contoencoding)',
      function: 'c.conproc::regprocedure::text',
      'the default': onlyTrue('c.condefault'),
    },
    from: `FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE ${isOurs('c')} AND ${isLasting('n')}`,
  });

/** How a language sees a type. */
export const transforms = (): string =>
  selectObjects({
    kind: `'transform'`,
    name: `'for ' || format_type(t.trftype, NULL) || ' language ' || quote_ident(l.lanname)`,
    row: 't',
    properties: {
      'from function': named('t.trffromsql', 'regprocedure'),
      'to function': named('t.trftosql', 'regprocedure'),
    },
    from: `FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE ${isOurs('t')}`,
  });

/** What the library makes of a collation today is left out: it is the machine's. */
export const collations = (major: number): string =>
  selectObjects({
    kind: `'collation'`,
    name: qualified('n.nspname', 'c.collname'),
    row: 'c',
    properties: {
      owner: owner('c.collowner'),
      provider: `CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' ELSE 'default' END`,
      'not deterministic': onlyFalse('c.collisdeterministic'),
      encoding: `CASE WHEN c.collencoding >= 0 THEN pg_encoding_to_char(c.collencoding) END`,
      // Until 14 the names of ICU's stood with those of libc.
      collate: 'c.collcollate',
      'character type': 'c.collctype',
      locale: major >= 17 ? 'c.colllocale' : major >= 15 && 'c.colliculocale',
      rules: major >= 16 && 'c.collicurules',
    },
    from: `FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE ${isOurs('c')} AND ${isLasting('n')}`,
  });

import { withoutSecrets } from './hidden.ts';
import {
  isOurs,
  named,
  onlyFalse,
  onlyTrue,
  owner,
  privileges,
  selectObjects,
  sorted,
} from './object-query.ts';

const THIS_DATABASE = '(SELECT oid FROM pg_database WHERE datname = current_database())';

/** The database itself, without its name: two may be compared. */
export const database = (major: number): string =>
  selectObjects({
    kind: `'database'`,
    name: `''`,
    row: 'd',
    properties: {
      owner: owner('d.datdba'),
      'privileges[]': privileges('d.datacl', `'d'`, 'd.datdba'),
      encoding: 'pg_encoding_to_char(d.encoding)',
      collate: 'd.datcollate',
      'character type': 'd.datctype',
      provider:
        major >= 15 && `CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END`,
      locale: major >= 17 ? 'd.datlocale' : major >= 15 && 'd.daticulocale',
      rules: major >= 16 && 'd.daticurules',
      tablespace: '(SELECT spcname FROM pg_tablespace t WHERE t.oid = d.dattablespace)',
      'a template': onlyTrue('d.datistemplate'),
      'closed to connections': onlyFalse('d.datallowconn'),
      'connection limit': 'NULLIF(d.datconnlimit, -1)',
    },
    from: 'FROM pg_database d WHERE d.datname = current_database()',
  });

/** Settings that sessions of the database begin with, for everybody or for one role. */
export const settings = (): string =>
  selectObjects({
    kind: `'setting'`,
    name: `'of the database' || CASE WHEN s.setrole <> 0 THEN ' for ' || quote_ident(${owner('s.setrole')}) ELSE '' END`,
    row: 's',
    address: 's.tableoid, s.setdatabase, 0',
    properties: { 'values[]': withoutSecrets('s.setconfig') },
    from: `FROM pg_db_role_setting s WHERE s.setdatabase = ${THIS_DATABASE}`,
  });

/** Extensions. What they have made is theirs, and is not looked at. */
export const extensions = (): string =>
  selectObjects({
    kind: `'extension'`,
    name: 'quote_ident(e.extname)',
    row: 'e',
    properties: {
      owner: owner('e.extowner'),
      schema: 'e.extnamespace::regnamespace::text',
      version: 'e.extversion',
      relocatable: onlyTrue('e.extrelocatable'),
      // Tables whose rows belong to the user.
      'configuration[]': `CASE WHEN e.extconfig IS NOT NULL THEN ARRAY(SELECT x.oid::regclass::text || coalesce(' ' || e.extcondition[x.at], '')
        FROM unnest(e.extconfig) WITH ORDINALITY x (oid, at) ORDER BY 1) END`,
    },
    from: 'FROM pg_extension e',
  });

export const languages = (): string =>
  selectObjects({
    kind: `'language'`,
    name: 'quote_ident(l.lanname)',
    row: 'l',
    properties: {
      owner: owner('l.lanowner'),
      'privileges[]': privileges('l.lanacl', `'l'`, 'l.lanowner'),
      trusted: onlyTrue('l.lanpltrusted'),
      handler: named('l.lanplcallfoid', 'regprocedure'),
      'inline handler': named('l.laninline', 'regprocedure'),
      validator: named('l.lanvalidator', 'regprocedure'),
    },
    from: `FROM pg_language l WHERE ${isOurs('l')}`,
  });

/** What objects are granted as they are made. */
export const defaultPrivileges = (): string =>
  selectObjects({
    kind: `'default privileges'`,
    name: `'of ' || quote_ident(${owner('d.defaclrole')}) || ' on ' || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
      WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END
      || CASE WHEN d.defaclnamespace <> 0 THEN ' in ' || d.defaclnamespace::regnamespace::text ELSE '' END`,
    row: 'd',
    properties: { 'privileges[]': sorted('d.defaclacl') },
    from: 'FROM pg_default_acl d',
  });

/** Large objects by their numbers, which are their names; not what they hold. */
export const largeObjects = (): string =>
  selectObjects({
    kind: `'large object'`,
    name: 'l.oid',
    row: 'l',
    // What is said of one is said of the table of what they hold.
    address: `'pg_largeobject'::regclass, l.oid, 0`,
    properties: { owner: owner('l.lomowner'), 'privileges[]': privileges('l.lomacl', `'L'`, 'l.lomowner') },
    from: 'FROM pg_largeobject_metadata l',
  });

/** Settings of the server that somebody has been allowed to change. */
export const parameters = (): string =>
  selectObjects({
    kind: `'parameter'`,
    name: 'p.parname',
    row: 'p',
    properties: { 'privileges[]': sorted('p.paracl') },
    from: 'FROM pg_parameter_acl p',
  });

import { withoutSecrets } from './hidden.ts';
import { FIRST_OWN_OID, isOurs, named, owner, privileges, selectObjects } from './object-query.ts';

export const foreignDataWrappers = (): string =>
  selectObjects({
    kind: `'foreign-data wrapper'`,
    name: 'quote_ident(w.fdwname)',
    row: 'w',
    properties: {
      owner: owner('w.fdwowner'),
      'privileges[]': privileges('w.fdwacl', `'F'`, 'w.fdwowner'),
      handler: named('w.fdwhandler', 'regprocedure'),
      validator: named('w.fdwvalidator', 'regprocedure'),
      'options[]': withoutSecrets('w.fdwoptions'),
    },
    from: `FROM pg_foreign_data_wrapper w WHERE ${isOurs('w')}`,
  });

export const foreignServers = (): string =>
  selectObjects({
    kind: `'foreign server'`,
    name: 'quote_ident(s.srvname)',
    row: 's',
    properties: {
      owner: owner('s.srvowner'),
      'privileges[]': privileges('s.srvacl', `'S'`, 's.srvowner'),
      type: 's.srvtype',
      version: 's.srvversion',
      wrapper: '(SELECT fdwname FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)',
      'options[]': withoutSecrets('s.srvoptions'),
    },
    from: `FROM pg_foreign_server s WHERE ${isOurs('s')}`,
  });

/**
 * Who is who on a foreign server. The view, unlike its table, may be read by everybody, and gives the options to whom they are meant for;
 * even then a secret stays where it is.
 */
export const userMappings = (): string =>
  selectObjects({
    kind: `'user mapping'`,
    name: `'for ' || quote_ident(m.usename)`,
    of: `'foreign server ' || quote_ident(m.srvname)`,
    row: 'm',
    address: `'pg_user_mapping'::regclass, m.umid, 0`,
    properties: { 'options[]': withoutSecrets('m.umoptions') },
    from: `FROM pg_user_mappings m WHERE m.umid >= ${FIRST_OWN_OID}`,
  });

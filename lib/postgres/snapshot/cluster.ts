import { withoutSecrets } from './hidden.ts';
import {
  FIRST_OWN_OID,
  onlyFalse,
  onlyTrue,
  owner,
  privileges,
  selectObjects,
  sorted,
} from './object-query.ts';

/** Roles, without their passwords. */
export const roles = (): string =>
  selectObjects({
    kind: `'role'`,
    name: 'quote_ident(r.rolname)',
    row: 'r',
    address: `'pg_authid'::regclass, r.oid, 0`,
    properties: {
      'a superuser': onlyTrue('r.rolsuper'),
      'not inheriting': onlyFalse('r.rolinherit'),
      'able to create roles': onlyTrue('r.rolcreaterole'),
      'able to create databases': onlyTrue('r.rolcreatedb'),
      'able to log in': onlyTrue('r.rolcanlogin'),
      'able to replicate': onlyTrue('r.rolreplication'),
      'exempt from row security': onlyTrue('r.rolbypassrls'),
      'connection limit': 'NULLIF(r.rolconnlimit, -1)',
      'valid until': 'r.rolvaliduntil::text',
      'settings[]': withoutSecrets(
        `(SELECT setconfig FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0)`,
      ),
    },
    from: `FROM pg_roles r WHERE r.oid >= ${FIRST_OWN_OID} OR r.oid = 10`,
  });

export const memberships = (major: number): string =>
  selectObjects({
    kind: `'membership'`,
    name: `quote_ident(${owner('m.member')}) || ' in ' || quote_ident(${owner('m.roleid')})
      ${major >= 16 ? `|| ' by ' || quote_ident(${owner('m.grantor')})` : ''}`,
    row: 'm',
    address: 'm.tableoid, m.roleid, 0',
    properties: {
      'with the admin option': onlyTrue('m.admin_option'),
      // One role may have it of several since then.
      'granted by': major < 16 && owner('m.grantor'),
      inherits: major >= 16 && 'm.inherit_option',
      sets: major >= 16 && 'm.set_option',
    },
    from: `FROM pg_auth_members m WHERE m.roleid >= ${FIRST_OWN_OID} OR m.member >= ${FIRST_OWN_OID}`,
  });

export const tablespaces = (): string =>
  selectObjects({
    kind: `'tablespace'`,
    name: 'quote_ident(t.spcname)',
    row: 't',
    properties: {
      owner: owner('t.spcowner'),
      'privileges[]': privileges('t.spcacl', `'t'`, 't.spcowner'),
      'options[]': sorted('t.spcoptions'),
    },
    from: `FROM pg_tablespace t WHERE t.oid >= ${FIRST_OWN_OID}`,
  });

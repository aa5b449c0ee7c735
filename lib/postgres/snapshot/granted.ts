import { FIRST_OWN_OID, isNoMember, selectObjects, sorted } from './object-query.ts';

/** The catalogs of what comes with the server and with extensions, and has privileges. */
const CATALOGS: Readonly<Record<string, string>> = {
  pg_class: 'rel',
  pg_proc: 'pro',
  pg_type: 'typ',
  pg_namespace: 'nsp',
  pg_language: 'lan',
  pg_foreign_data_wrapper: 'fdw',
  pg_foreign_server: 'srv',
};

/** How the information schema was granted is on record nowhere. */
const RECORDED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries({ pg_class: 'rel', pg_proc: 'pro', pg_type: 'typ' }).map(([catalog, prefix]) => [
      catalog,
      ` AND (o.${prefix}namespace = 'pg_catalog'::regnamespace OR o.oid >= ${FIRST_OWN_OID})`,
    ]),
  ),
  pg_namespace: ` AND o.nspname NOT IN ('public', 'information_schema')`,
};

const objects = (catalog: string, prefix: string) =>
  changed({
    acl: `o.${prefix}acl`,
    row: 'o',
    address: ['o.tableoid', 'o.oid', '0'],
    from: `${catalog} o`,
    where: `(o.oid < ${FIRST_OWN_OID} OR NOT ${isNoMember('o')})${RECORDED[catalog] ?? ''}`,
  });

interface Changed {
  readonly acl: string;
  readonly row: string;
  readonly address: readonly [string, string, string];
  readonly from: string;
  readonly where: string;
}

const changed = ({ acl, row, address: [catalog, oid, part], from, where }: Changed) =>
  selectObjects({
    kind: `'privileges'`,
    name: `'on ' || (SELECT x.type || ' ' || x.identity FROM pg_identify_object(${catalog}, ${oid}, ${part}) x)`,
    row,
    address: `${catalog}, ${oid}, ${part}`,
    properties: { 'privileges[]': sorted(acl) },
    from: `FROM ${from} LEFT JOIN pg_init_privs i ON i.classoid = ${catalog} AND i.objoid = ${oid} AND i.objsubid = ${part}
    WHERE ${acl} IS NOT NULL AND ${acl} IS DISTINCT FROM i.initprivs AND ${where}`,
  });

/**
 * What has been granted or revoked on what came with the server or with an extension, where that is not as it came: what everybody may do
 * there is thousands.
 */
export const changedPrivileges = (): string[] => [
  ...Object.entries(CATALOGS).map(([catalog, prefix]) => objects(catalog, prefix)),
  changed({
    acl: 'a.attacl',
    row: 'a',
    address: ['c.tableoid', 'a.attrelid', 'a.attnum::int'],
    from: 'pg_attribute a JOIN pg_class c ON c.oid = a.attrelid',
    where: `(c.oid < ${FIRST_OWN_OID} OR NOT ${isNoMember('c')})`,
  }),
];

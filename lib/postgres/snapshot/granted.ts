import { FIRST_OWN_OID, isNoMember, selectObjects, sorted } from './object-query.ts';

/** The catalogs of what comes with the server and with extensions, and has privileges: the prefix of their columns, and what is granted. */
const CATALOGS: Readonly<Record<string, readonly [prefix: string, owner: string, kind: string]>> = {
  pg_class: ['rel', 'relowner', `CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"`],
  pg_proc: ['pro', 'proowner', `'f'`],
  pg_type: ['typ', 'typowner', `'T'`],
  pg_namespace: ['nsp', 'nspowner', `'n'`],
  pg_language: ['lan', 'lanowner', `'l'`],
  pg_foreign_data_wrapper: ['fdw', 'fdwowner', `'F'`],
  pg_foreign_server: ['srv', 'srvowner', `'S'`],
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

const objects = ([catalog, [prefix, owner, kind]]: [string, readonly [string, string, string]]) =>
  changed({
    acl: `o.${prefix}acl`,
    byDefault: `acldefault(${kind}, o.${owner})`,
    row: 'o',
    address: ['o.tableoid', 'o.oid', '0'],
    from: `${catalog} o`,
    where: `(o.oid < ${FIRST_OWN_OID} OR NOT ${isNoMember('o')})${RECORDED[catalog] ?? ''}`,
  });

interface Changed {
  readonly acl: string;
  readonly byDefault: string;
  readonly row: string;
  readonly address: readonly [string, string, string];
  readonly from: string;
  readonly where: string;
}

const changed = ({ acl, byDefault, row, address: [catalog, oid, part], from, where }: Changed) =>
  selectObjects({
    kind: `'privileges'`,
    name: `'on ' || (SELECT x.type || ' ' || x.identity FROM pg_identify_object(${catalog}, ${oid}, ${part}) x)`,
    row,
    address: `${catalog}, ${oid}, ${part}`,
    properties: { 'privileges[]': sorted(acl) },
    // Most are told apart by the first look; one in another order is not a change.
    from: `FROM ${from} LEFT JOIN pg_init_privs i ON i.classoid = ${catalog} AND i.objoid = ${oid} AND i.objsubid = ${part}
    WHERE ${acl} IS NOT NULL AND ${acl} IS DISTINCT FROM i.initprivs AND ${where}
      AND ${sorted(acl)} IS DISTINCT FROM ${sorted(`coalesce(i.initprivs, ${byDefault})`)}`,
  });

/**
 * What has been granted or revoked on what came with the server or with an extension, where that is not as it came: what everybody may do
 * there is thousands. And on what each table or sequence has of the server.
 */
export const changedPrivileges = (): string[] => [
  ...Object.entries(CATALOGS).map(objects),
  changed({
    acl: 'a.attacl',
    byDefault: `'{}'::aclitem[]`,
    row: 'a',
    address: ['c.tableoid', 'a.attrelid', 'a.attnum::int'],
    from: 'pg_attribute a JOIN pg_class c ON c.oid = a.attrelid',
    where: `(c.oid < ${FIRST_OWN_OID} OR a.attnum < 0 OR c.relkind = 'S' OR NOT ${isNoMember('c')})`,
  }),
];

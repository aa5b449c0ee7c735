import { FIRST_OWN_OID } from './object-query.ts';

/** What is said about any object, as rows without properties: the kind is what it is called, the name is what it says. */
const remark = (kind: string, text: string, address: string, from: string) =>
  `SELECT ${kind}, ${text}, NULL::text, ${address}, NULL::text ${from}`;

/** Comments, labels, and what goes with an extension. Those of other objects than ours find nobody to be about. */
export const remarks = (): string[] => [
  remark(
    `'comment'`,
    'd.description',
    'd.classoid, d.objoid, d.objsubid',
    `FROM pg_description d WHERE d.objoid >= ${FIRST_OWN_OID} OR d.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass, 'pg_largeobject'::regclass)`,
  ),
  remark(`'comment'`, 'd.description', 'd.classoid, d.objoid, 0', 'FROM pg_shdescription d'),
  // A constraint trigger is a trigger here, and its constraint can be spoken of by itself.
  remark(
    `'comment on its constraint'`,
    'd.description',
    'g.tableoid, g.oid, 0',
    `FROM pg_description d JOIN pg_trigger g ON g.tgconstraint = d.objoid AND NOT g.tgisinternal
    WHERE d.classoid = 'pg_constraint'::regclass`,
  ),
  remark(
    `'security label of ' || l.provider`,
    'l.label',
    'l.classoid, l.objoid, l.objsubid',
    'FROM pg_seclabel l',
  ),
  remark(`'security label of ' || l.provider`, 'l.label', 'l.classoid, l.objoid, 0', 'FROM pg_shseclabel l'),
  remark(
    `'dependency on extension'`,
    `string_agg(e.extname, ', ' ORDER BY e.extname)`,
    'd.classid, d.objid, d.objsubid',
    `FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x' GROUP BY d.classid, d.objid, d.objsubid`,
  ),
];

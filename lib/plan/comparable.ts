import { type AccessRules, defaultGrants, OWNER, translateGrants, withoutBuiltIn } from './access.ts';
import { apartBetween, type Nature, withMultiranges } from './server-versions.ts';
import { keyOf, type PropertyValue, readProperties, type Snapshot, type SnapshotObject } from './snapshot.ts';

/** A catalog, and the server that it was read on. */
export interface Seen {
  readonly snapshot: Snapshot;
  /** Of the server: 18. */
  readonly major: number;
  /** Whose everything is that nobody has given to somebody else. */
  readonly role: string;
}

export interface ComparableOptions {
  /** Whether whose everything is, and who has granted something, matters. @default true */
  readonly owner?: boolean | undefined;
  /** Whether who may do what matters. @default true */
  readonly privileges?: boolean | undefined;
}

/** Two catalogs without what differs between servers by nature. */
export interface Comparable {
  readonly files: Snapshot;
  readonly there: Snapshot;
  /** What could not be compared, since one of the servers has another version. In words. */
  readonly notCompared: readonly string[];
}

/**
 * Makes the catalog that files have left on one server comparable with that of a database on another one. Left out is what comes with the
 * server, or what its version knows and the other's does not; the role that ran the files here stands for the one that ran them there. Pure.
 */
export function makeComparable(files: Seen, there: Seen, options: ComparableOptions = {}): Comparable {
  const { owner = true, privileges = true } = options;
  const [lower, higher] = [files.major, there.major].sort((one, other) => one - other) as [number, number];
  const apart = apartBetween(lower, higher);
  const made = apart.some(({ since }) => since === 14) ? withMultiranges([files, there]) : () => false;
  const translate = (seen: Seen, nameOf: AccessRules['nameOf']): Snapshot => {
    const rules = { nameOf, owner, unknown: lower < 17 && higher >= 17 ? /m\*?/g : /(?!)/g };
    const objects = [...seen.snapshot.values()]
      .filter((object) => privileges || !IS_ACCESS.test(object.kind))
      .filter((object) => !made(object) && !apart.some(({ isOf }) => isOf?.(object)))
      .map((object) => translateObject(object, { rules, privileges, apart, role: seen.role }))
      .filter((object) => object !== undefined);
    return new Map(objects.map((object) => [keyOf(object), object]));
  };
  const [one, other] = [
    translate(files, (role) => (role === files.role ? there.role : role)),
    translate(there, (role) => role),
  ];
  const common = onlyCommon(one, other, lower >= 17);
  return { ...common, notCompared: [...new Set(apart.map(({ what }) => what))] };
}

/** Objects that are nothing but who may do what. */
const IS_ACCESS = /^(privileges|default privileges|parameter)$/;

/** What a database has of its server, and no file of migrations makes. */
const OF_THE_SERVER: Readonly<Record<string, readonly string[]>> = {
  database: [
    ...['owner', 'encoding', 'collate', 'character type', 'provider', 'locale', 'rules', 'tablespace'],
    ...['a template', 'closed to connections'],
  ],
};

/** An object without what it has of its server, whatever machine that is on. Pure. */
export function withoutServerItself(object: SnapshotObject): SnapshotObject {
  const left = OF_THE_SERVER[object.kind];
  if (!left) return object;
  const kept = Object.entries(JSON.parse(object.properties) as Properties).filter(
    ([name]) => !left.includes(name),
  );
  return { ...object, properties: JSON.stringify(Object.fromEntries(kept)) };
}

/** What the first database of a server comes with. */
const BUILT_IN_COMMENT = 'default administrative connection database';

interface Translation {
  readonly rules: AccessRules;
  readonly privileges: boolean;
  readonly apart: readonly Nature[];
  readonly role: string;
}

function translateObject(object: SnapshotObject, translation: Translation): SnapshotObject | undefined {
  const { rules, privileges, apart } = translation;
  const found = JSON.parse(object.properties) as Record<string, string | null>;
  const values = readProperties(object);
  const owner = object.kind === 'default privileges' ? translation.role : values.get('owner');
  const ownerName = typeof owner === 'string' ? owner : undefined;
  // An older server has another owner there, who has granted what others may do.
  const isOldPublic = isPublic(object) && apart.some(({ since }) => since === 15);
  for (const name of leftOutOf(object, apart)) {
    delete found[name];
    delete found[`${name}[]`];
  }
  if (object.kind === 'database' && found.comment === BUILT_IN_COMMENT) delete found.comment;
  // A role that came with the server has it: whoever runs the files did not make it.
  const isGiven = object.kind === 'extension' && object.name === 'plpgsql';
  if (!rules.owner || isGiven || isOldPublic) delete found.owner;
  else if (ownerName !== undefined && 'owner' in found) found.owner = rules.nameOf(ownerName);
  const grants = values.get('privileges');
  if (!privileges) delete found['privileges[]'];
  else if (typeof grants === 'object') {
    const kept = isOldPublic ? withoutBuiltIn(grants, owner) : grants;
    const translated = translateGrants(withoutManaged(object, kept), ownerName, {
      ...rules,
      owner: rules.owner && !isOldPublic,
    });
    // Nothing but what an object of the server was granted makes it one of the list.
    if (object.kind === 'privileges' && !translated) return undefined;
    found['privileges[]'] = translated ? JSON.stringify(translated) : null;
  }
  return { ...object, name: nameIn(object, translation), properties: JSON.stringify(found) };
}

function leftOutOf({ kind }: SnapshotObject, apart: readonly Nature[]): readonly string[] {
  return [
    ...(OF_THE_SERVER[kind] ?? []),
    ...apart.flatMap(({ properties: [of, ...names] = [''] }) => (of === kind ? names : [])),
  ];
}

function isPublic({ kind, name }: SnapshotObject): boolean {
  return kind === 'schema' && name === 'public';
}

/** A managed server grants its own roles what came with the server. */
function withoutManaged({ kind }: SnapshotObject, grants: PropertyValue): readonly string[] {
  if (typeof grants !== 'object') return [];
  return kind === 'privileges' ? grants.filter((grant) => !/^rds(_\w+|admin)=/.test(grant)) : grants;
}

/** Default privileges have the role in their name. */
function nameIn({ kind, name }: SnapshotObject, { rules, role }: Translation): string {
  if (kind !== 'default privileges') return name;
  const own = `of ${quoted(role)} on `;
  return name.startsWith(own) ? `of ${quoted(rules.nameOf(role))} on ${name.slice(own.length)}` : name;
}

function quoted(role: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(role) ? role : `"${role.replaceAll('"', '""')}"`;
}

/** What is said about an object is there only where somebody has said it. */
const IS_REMARK = /^(comment|security label of |dependency on extension$)/;

type Properties = Record<string, string | null>;

/**
 * Grants beside those of the other side. Where these are as by default and the others are not, they are said as what they are, so that it can
 * be told what somebody has been granted; where the owner is another one, that is told by itself.
 */
function besides(
  { kind }: SnapshotObject,
  { owner, 'privileges[]': grants }: Properties,
  other: Properties,
  maintains: boolean,
): string | null {
  const isMoved = owner != null && other.owner != null && owner !== other.owner;
  if (grants == null) {
    if (other['privileges[]'] == null) return null;
    if (kind === 'column') return '[]';
    const by = { byOwner: owner != null, maintains };
    return asList(defaultGrants(kind, isMoved ? OWNER : (owner ?? OWNER), by));
  }
  if (!isMoved) return grants;
  const nameOf = (role: string) => (role === owner ? OWNER : role);
  return asList(translateGrants(JSON.parse(grants), owner, { nameOf, owner: true, unknown: /(?!)/g }));
}

function asList(grants: readonly string[] | undefined): string | null {
  return grants ? JSON.stringify(grants.toSorted()) : null;
}

/** Of what both have, only the properties that both servers know. */
function onlyCommon(one: Snapshot, other: Snapshot, maintains: boolean): Pick<Comparable, 'files' | 'there'> {
  const within = (objects: Snapshot, others: Snapshot) =>
    new Map(
      [...objects].map(([key, object]) => {
        const counterpart = others.get(key);
        if (!counterpart) return [key, object];
        const known = JSON.parse(counterpart.properties) as Properties;
        const own = JSON.parse(object.properties) as Properties;
        if ('privileges[]' in own) own['privileges[]'] = besides(object, own, known, maintains);
        const kept = Object.entries(own).filter(([name]) => name in known || IS_REMARK.test(name));
        return [key, { ...object, properties: JSON.stringify(Object.fromEntries(kept)) }];
      }),
    );
  return { files: within(one, other), there: within(other, one) };
}

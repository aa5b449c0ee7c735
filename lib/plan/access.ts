import type { PropertyValue } from './snapshot.ts';

/** How who may do what is made comparable between two servers. */
export interface AccessRules {
  /** What a role is called on the other side; itself where that is the same. */
  readonly nameOf: (role: string) => string;
  /** Whether it matters who has granted something, and what the owner has. */
  readonly owner: boolean;
  /** Letters of the server for privileges that one side does not know. */
  readonly unknown: RegExp;
}

/** Stands for the owner of an object, whoever that is. */
export const OWNER = '(owner)';

/**
 * Grants as the server writes them, `app=r/postgres`, in the names of the other side; sorted. Pure.
 *
 * @param owner of the object
 * @returns undefined where nothing is left
 */
export function translateGrants(
  grants: readonly string[],
  owner: string | undefined,
  rules: AccessRules,
): string[] | undefined {
  const nameOf = (role: string) => (!rules.owner && role === owner ? OWNER : rules.nameOf(role));
  const translated = grants.flatMap((grant) => {
    const [, grantee, letters, grantor] = /^("(?:[^"]|"")*"|[^=]*)=([^/]*)\/(.*)$/s.exec(grant) ?? [];
    if (grantee === undefined || letters === undefined || grantor === undefined) return [grant];
    const known = letters.replace(rules.unknown, '');
    if (known === '' && letters !== '') return [];
    const by = rules.owner ? quote(rules.nameOf(unquote(grantor))) : '';
    return [`${grantee === '' ? '' : quote(nameOf(unquote(grantee)))}=${known}/${by}`];
  });
  return translated.length > 0 ? translated.sort() : undefined;
}

/** What the owner, and everybody, may do with an object of a kind as it is made; nothing of a kind that has no owner of its own. Pure. */
export function defaultGrants(
  kind: string,
  owner: string,
  { byOwner, maintains }: { readonly byOwner: boolean; readonly maintains: boolean },
): string[] | undefined {
  const letters = OWN_LETTERS[kind];
  if (letters === undefined) return undefined;
  const by = byOwner ? quote(owner) : '';
  const own = letters === TABLE && maintains ? `${letters}m` : letters;
  return [...(EVERYBODYS.has(kind) ? [`=${letters}/${by}`] : []), `${quote(owner)}=${own}/${by}`];
}

const TABLE = 'arwdDxt';

const OWN_LETTERS: Readonly<Record<string, string>> = {
  table: TABLE,
  view: TABLE,
  'materialized view': TABLE,
  'foreign table': TABLE,
  sequence: 'rwU',
  function: 'X',
  procedure: 'X',
  aggregate: 'X',
  type: 'U',
  domain: 'U',
  language: 'U',
  schema: 'UC',
  'foreign-data wrapper': 'U',
  'foreign server': 'U',
};

/** Of these everybody may do what the owner may. */
const EVERYBODYS = new Set(['function', 'procedure', 'aggregate', 'type', 'domain', 'language']);

/** What only the owner and everybody have goes: an old server gives them something else to begin with. Pure. */
export function withoutBuiltIn(
  grants: PropertyValue | undefined,
  owner: PropertyValue | undefined,
): readonly string[] {
  if (typeof grants !== 'object') return [];
  return grants.filter((grant) => {
    const grantee = unquote(/^("(?:[^"]|"")*"|[^=]*)=/s.exec(grant)?.[1] ?? '');
    return grantee !== '' && grantee !== owner;
  });
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function quote(name: string): string {
  return /^[A-Za-z0-9_()]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

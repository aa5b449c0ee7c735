/** The letters of the server for what a role may do. */
const PRIVILEGES: Readonly<Record<string, string>> = {
  r: 'SELECT',
  a: 'INSERT',
  w: 'UPDATE',
  d: 'DELETE',
  D: 'TRUNCATE',
  x: 'REFERENCES',
  t: 'TRIGGER',
  m: 'MAINTAIN',
  X: 'EXECUTE',
  U: 'USAGE',
  C: 'CREATE',
  c: 'CONNECT',
  T: 'TEMPORARY',
  s: 'SET',
  A: 'ALTER SYSTEM',
};

/** Who may do what, of grants as the server writes them: `app=r/postgres`. */
function readGrants(grants: readonly string[]): Map<string, Set<string>> {
  const read = new Map<string, Set<string>>();
  for (const grant of grants) {
    const [, role = '', letters = ''] = /^("(?:[^"]|"")*"|[^=]*)=([^/]*)\//s.exec(grant) ?? [];
    const may = read.get(role || 'everybody') ?? new Set();
    for (const [, letter = '', option] of letters.matchAll(/(\w)(\*?)/g))
      may.add(`${PRIVILEGES[letter] ?? letter}${option ? ' (and may grant it)' : ''}`);
    read.set(role || 'everybody', may);
  }
  return read;
}

/** `app SELECT, INSERT; everybody EXECUTE`. Pure. */
export function describeGrants(grants: readonly string[]): string {
  const read = [...readGrants(grants)].map(([role, may]) => `${role} ${[...may].join(', ') || 'nothing'}`);
  return read.join('; ') || 'nobody';
}

/** `app no longer has SELECT, INSERT`, a text for each role and direction. Pure. */
export function describeGrantChanges(before: readonly string[], after: readonly string[]): string[] {
  const [was, is] = [readGrants(before), readGrants(after)];
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((role) => {
    const [could, can] = [was.get(role) ?? new Set(), is.get(role) ?? new Set()];
    const lost = [...could].filter((each) => !can.has(each));
    const won = [...can].filter((each) => !could.has(each));
    return [
      ...(lost.length > 0 ? [`${role} no longer has ${lost.join(', ')}`] : []),
      ...(won.length > 0 ? [`${role} now has ${won.join(', ')}`] : []),
    ];
  });
  // The same may be granted by somebody else.
  return changes.length > 0 ? changes : ['other roles grant what is granted'];
}

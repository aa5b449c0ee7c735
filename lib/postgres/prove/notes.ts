import type { Script } from '../../migrations/script/statement.ts';
import type { NoteCode, ProveNote } from '../../reports/prove.ts';
import type { Natural } from './compare-captures.ts';
import { placeOf } from './findings.ts';

/** What they change belongs to the server, and no look at a database shows it. Making a role that is missing is no change of one. */
const OF_ROLES: ReadonlySet<string> = new Set(['AlterRoleStmt', 'AlterRoleSetStmt', 'GrantRoleStmt']);

/** Says of a file that changes roles that nothing is shown of that; nothing where it has no such statement. */
export function noteRoles(script: Script): ProveNote[] {
  const index = script.statements.findIndex(({ kind }) => OF_ROLES.has(kind));
  if (index < 0) return [];
  const message =
    'It changes a role, its settings or its memberships, which belong to the server: they are not compared.';
  return [{ code: 'roles-not-compared', message, location: placeOf(script, index).location }];
}

/** Names the columns that were not looked at, since two equal runs leave something else in them. */
export function noteNatural(natural: Natural, script: Script, code: NoteCode): ProveNote[] {
  return [...natural].map(([table, columns]) => ({
    code,
    message: `Two equal runs leave other values in ${[...columns].join(', ')} of ${table}: not compared.`,
    location: placeOf(script, 0).location,
  }));
}

import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import { type Connection, withConnection } from '../../postgres/session/connection.ts';
import { quickly } from '../../postgres/session/session-options.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { scramVerifier } from './scram.ts';

/** A database user as it should be. */
export interface LoginRole {
  readonly name: string;
  readonly password: string;
  /** The role that has the rights, and no login of its own. */
  readonly group: string;
}

/** What was done. The password was set in any case. */
export interface LoginRoleReport {
  readonly name: string;
  readonly group: string;
  /** Which of the two were not there before. */
  readonly created: readonly string[];
}

/**
 * Makes sure that a user can log in with its password and is in its group. Running it again does no harm, and sets the password
 * again.
 *
 * @param settings a user who may create roles
 * @throws RegistryJobsError `connect-...`; what Postgres says when the user may not do this, and then nothing was done
 */
export function ensureLoginRole(settings: DatabaseSettings, role: LoginRole): Promise<LoginRoleReport> {
  return withConnection(settings, quickly('registry-jobs create-roles'), async (connection) => {
    const { name, group } = role;
    const present = await existing(connection, [group, name]);
    const created = [group, name].filter((it) => !present.has(it));
    const user = quoteIdentifier(name);
    const rights = quoteIdentifier(group);
    const statements = [
      'begin read write',
      ...(present.has(group) ? [] : [`create role ${rights} nologin`]),
      `${present.has(name) ? 'alter' : 'create'} role ${user} login password ${quoteLiteral(scramVerifier(role.password))}`,
      `grant ${rights} to ${user}`,
      'commit',
    ];
    // In one flight: after an error the rest is refused, and the first error is the one that counts.
    await Promise.all(statements.map((sql) => connection.send(sql)));
    return { name, group, created };
  });
}

async function existing(connection: Connection, names: readonly string[]): Promise<Set<unknown>> {
  const { rows } = await connection.send('select rolname from pg_catalog.pg_roles where rolname = any($1)', {
    values: [names],
  });
  return new Set(rows.map(({ rolname }) => rolname));
}

import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Migration } from '../../migrations/migration.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';

/** The roles of a server, each with what `CREATE ROLE` says of it. A password cannot be read. */
export type Roles = ReadonlyMap<string, string>;

/** Reads which roles there are: they belong to the server, and do not go with a database. */
export async function readRoles(connection: Connection): Promise<Roles> {
  const { rows } = await connection.send(`SELECT rolname AS name, pg_catalog.concat_ws(' ',
      CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN NOT rolinherit THEN 'NOINHERIT' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
      CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
      CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, 'CONNECTION LIMIT ' || rolconnlimit) AS options
    FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'`);
  return new Map(rows.map(({ name, options }) => [String(name), String(options)]));
}

/**
 * Drops the roles that have come, and makes those again that have gone. Others may be at work on the same server: what the files do not name
 * is not theirs, and is left alone. So is what something elsewhere depends on.
 */
export async function putRolesBack(
  connection: Connection,
  before: Roles,
  migrations: readonly Migration[],
): Promise<void> {
  const now = await readRoles(connection);
  const came = [...now.keys()].filter((name) => !before.has(name));
  const gone = [...before].filter(([name]) => !now.has(name));
  if (came.length + gone.length === 0) return;
  const text = migrations
    .flatMap(({ up, down }) => [up.text, down?.text ?? ''])
    .join('\n')
    .toLowerCase();
  const isNamed = (name: string) => text.includes(name.toLowerCase());
  const drop = came.filter(isNamed).map(quoteIdentifier);
  for (const sql of [
    // One may depend on another; and where one of them has to stay, the others go.
    ...(drop.length > 1 ? [drop.join(', '), ...drop] : drop).map((names) => `DROP ROLE IF EXISTS ${names}`),
    ...gone
      .filter(([name]) => isNamed(name))
      .map(([name, options]) => `CREATE ROLE ${quoteIdentifier(name)} ${options}`),
  ])
    await connection.send(sql).catch((error: unknown) => {
      if (!isPostgresError(error)) throw error;
    });
}

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureLoginRole } from '../../lib/registry/roles/login-role.ts';
import { scramVerifier } from '../../lib/registry/roles/scram.ts';
import { createCertificate } from '../support/certificate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { databaseSettings } from '../support/settings.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';

/** Roles belong to the server, which all tests share, so each test has its own. As the migrator of RDS: no superuser. */
let database: TestDatabase;
let migrator: string;
let user: string;
let group: string;

beforeEach(async () => {
  database = await createTestDatabase();
  const id = randomBytes(6).toString('hex');
  [migrator, user, group] = [`migrator_${id}`, `re"fresher'_${id}`, `group_${id}`];
  await database.query(`create role ${migrator} login createrole password 'm'`);
});
afterEach(async () => {
  for (const role of [user, group, migrator])
    await database.query(`drop role if exists ${pg.escapeIdentifier(role)}`);
  await database.drop();
});

const settings = () => databaseSettings(database.url, { user: migrator, password: 'm' });

/** The user as who a connection with this password is, or why there is none. */
async function logIn(password: string): Promise<string> {
  const url = new URL(database.url);
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    database: database.name,
    user,
    password,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('select current_user');
    return rows[0].current_user;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await client.end().catch(() => {});
  }
}

test('makes user and group, and sets another password when it runs again', async () => {
  const first = `it's "a" \\ $password$ ü`;
  expect(await ensureLoginRole(settings(), { name: user, password: first, group })).toEqual({
    name: user,
    group,
    created: [group, user],
  });
  expect(await logIn(first)).toBe(user);
  expect(await ensureLoginRole(settings(), { name: user, password: 'second', group })).toMatchObject({
    created: [],
  });
  expect([await logIn('second'), await logIn(first)]).toEqual([user, '28P01']);
});

test('the user is in the group, which cannot log in, and neither may do more', async () => {
  await ensureLoginRole(settings(), { name: user, password: 'p', group });
  const roles = await database.query(
    `select rolname, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as may,
       (select array_agg(roleid::regrole::text) from pg_auth_members where member = pg_roles.oid) as member_of
     from pg_roles where rolname in ($1, $2) order by rolcanlogin`,
    [user, group],
  );
  expect(roles).toEqual([
    { rolname: group, rolcanlogin: false, may: false, member_of: null },
    { rolname: user, rolcanlogin: true, may: false, member_of: [group] },
  ]);
});

test('what somebody made without a login gets one', async () => {
  await database.query(`set role ${migrator}; create role ${pg.escapeIdentifier(user)} nologin; reset role`);
  const report = await ensureLoginRole(settings(), { name: user, password: 'p', group });
  expect([report.created, await logIn('p')]).toEqual([[group], user]);
});

test('who may not grant the group changes nothing', async (context) => {
  const [server] = await database.query('show server_version_num');
  // Before, whoever might create roles might grant any.
  if (Number(server?.server_version_num) < 160_000) context.skip();
  await database.query(`create role ${group} nologin`);
  await expect(ensureLoginRole(settings(), { name: user, password: 'p', group })).rejects.toMatchObject({
    code: '42501',
  });
  expect(await logIn('p')).toBe('28P01');
});

test('the server makes the same of a password', async () => {
  // The server of the tests counts fewer rounds than one has by itself; before Postgres 16 none can be told.
  await database.query(
    `select set_config(name, '4096', false) from pg_settings where name = 'scram_iterations';
     create role ${pg.escapeIdentifier(user)} login password 'with ﬁ, which is normalized'`,
  );
  const [row] = await database.query<{ rolpassword: string }>(
    'select rolpassword from pg_authid where rolname = $1',
    [user],
  );
  const salt = Buffer.from(row?.rolpassword.split(/[:$]/)[2] ?? '', 'base64');
  expect(scramVerifier('with ﬁ, which is normalized', salt)).toBe(row?.rolpassword);
});

test('no password is on the wire, and the wire is encrypted', async () => {
  const url = new URL(database.url);
  const received: Buffer[] = [];
  const behind = (client: Socket) => {
    client.on('data', (chunk) => received.push(chunk));
    client.pipe(connect(Number(url.port), url.hostname)).pipe(client);
  };
  const identity = createCertificate('localhost');
  const proxy = await startTlsProxy({ tls: identity, behind });
  const tls = { mode: 'verify-full', certificates: [identity.certificate] } as const;
  try {
    const place = { host: 'localhost', port: proxy.port, tls };
    await ensureLoginRole({ ...settings(), ...place }, { name: user, password: 'a long secret', group });
  } finally {
    proxy.close();
  }
  expect(proxy.encrypted()).toBe(1);
  expect(Buffer.concat(received).toString('latin1')).toContain("login password 'SCRAM-SHA-256$4096:");
  expect(Buffer.concat(received).toString('latin1')).not.toContain('a long secret');
  expect(await logIn('a long secret')).toBe(user);
});

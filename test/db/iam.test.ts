import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withConnection } from '../../lib/postgres/session/connection.ts';
import { quickly } from '../../lib/postgres/session/session-options.ts';
import { createIamToken } from '../../lib/settings/iam-token.ts';
import type { DatabaseSettings } from '../../lib/settings/settings.ts';
import { createCertificate } from '../support/certificate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startRdsLogin } from '../support/rds-login.ts';
import { databaseSettings, settingsFor } from '../support/settings.ts';
import { startTlsProxy, type TlsProxy } from '../support/tls-proxy.ts';

/*
 * A server that takes tokens is RDS alone. Here the token of a stopped clock is made the password of a real user, so the
 * real server opens a session only for exactly that token, sent as RDS wants it: by TLS, to a server that was checked.
 */
const now = new Date('2026-05-06T07:08:09Z');
const certificate = createCertificate('localhost');
let database: TestDatabase;
let proxy: TlsProxy;
let settings: DatabaseSettings;

beforeEach(async () => {
  database = await createTestDatabase();
  const user = `iam_${database.name}`;
  await database.query(`create role ${user} login`);
  proxy = await startTlsProxy({ tls: certificate, behind: settingsFor(database.url).database });
  const login = { host: 'localhost', port: proxy.port, user };
  settings = databaseSettings(database.url, {
    ...login,
    tls: { mode: 'verify-full', certificates: [certificate.certificate] },
    createToken: () => createIamToken(login),
  });
  vi.useFakeTimers({ toFake: ['Date'], now });
  for (const [name, value] of Object.entries({
    AWS_ACCESS_KEY_ID: 'AKIAFAKE',
    AWS_SECRET_ACCESS_KEY: 'the secret key',
    AWS_SESSION_TOKEN: 'the session token',
    AWS_REGION: 'eu-central-1',
  }))
    vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  proxy.close();
  await database.query(`drop role ${settings.user}`);
  await database.drop();
});

/** Has the server take the token of this moment, and no other. */
async function acceptToken(): Promise<string> {
  const token = await createIamToken(settings);
  await database.query(`alter role ${settings.user} password '${token}'`);
  return token;
}

const whoAmI = () =>
  withConnection(settings, quickly('registry-jobs test'), async (connection) => {
    const { rows } = await connection.send('SELECT current_user AS name');
    return rows[0]?.name;
  });

test('the token opens a session, and a password that is set as well is not looked at', async () => {
  await acceptToken();
  settings = { ...settings, password: 'not this' };
  expect(await whoAmI()).toBe(settings.user);
  expect(proxy.encrypted()).toBe(1);
});

test('every connection makes its own', async () => {
  await acceptToken();
  expect(await whoAmI()).toBe(settings.user);
  vi.setSystemTime(now.getTime() + 16 * 60_000);
  await expect(whoAmI()).rejects.toMatchObject({ code: 'connect-denied' });
  await acceptToken();
  expect(await whoAmI()).toBe(settings.user);
});

test('a refusal names the three things that a token needs, and not the token', async () => {
  const token = await createIamToken(settings);
  const error = await whoAmI().catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'connect-denied',
    sqlstate: '28P01',
    hint: `Check the three that a token needs: IAM authentication is on for the instance, the database has GRANT rds_iam TO ${settings.user}, and your AWS role may rds-db:connect as ${settings.user}.`,
  });
  expect(JSON.stringify(error) + (error as Error).stack).not.toContain(
    new URL(`https://${token}`).searchParams.get('X-Amz-Signature'),
  );
});

test('without AWS credentials nothing is sent', async () => {
  settings = { ...settings, createToken: () => Promise.reject(new Error('no token')) };
  await expect(whoAmI()).rejects.toThrow('no token');
  expect(proxy.encrypted()).toBe(0);
});

test('a user with rds_iam and a password is told to use IAM', async () => {
  const rds = await startRdsLogin(certificate);
  const { createToken: _, ...withPassword } = { ...settings, port: rds.port, password: 'a password' };
  const { user } = settings;
  settings = withPassword;
  await expect(whoAmI()).rejects.toMatchObject({
    code: 'connect-denied',
    message: `The server at localhost:${rds.port} refused user ${user}: PAM authentication failed for user "${user}"`,
    hint: 'A user with rds_iam logs in by IAM only: set db/auth in Parameter Store, or REGISTRY_JOBS_AUTH, to iam.',
  });
  expect(rds.attempts).toEqual([{ user, password: 'a password' }]);
  rds.close();
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { redact } from '../../lib/secrets/redact.ts';
import { createIamToken } from '../../lib/settings/iam-token.ts';

const login = { host: 'registry.abc.eu-central-1.rds.amazonaws.com', port: 5432, user: 'refresher' };
const now = new Date('2026-05-06T07:08:09Z');
const credentials = {
  AWS_ACCESS_KEY_ID: 'AKIAFAKE',
  AWS_SECRET_ACCESS_KEY: 'the/secret+key',
  AWS_SESSION_TOKEN: 'the/session+token=',
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  const elsewhere = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
  const variables = {
    ...credentials,
    ...elsewhere,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'us-east-1',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const partsOf = (token: string) => new URL(`https://${token}`);

test('says who logs in where, signed for the region of the host, for a quarter of an hour', async () => {
  const url = partsOf(await createIamToken(login));
  expect([url.host, url.pathname]).toEqual([`${login.host}:5432`, '/']);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    Action: 'connect',
    DBUser: 'refresher',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAFAKE/20260506/eu-central-1/rds-db/aws4_request',
    'X-Amz-Date': '20260506T070809Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'the/session+token=',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    'X-Amz-SignedHeaders': 'host',
  });
});

test('is another one a second later, and has the secret key in neither', async () => {
  const first = await createIamToken(login);
  expect(await createIamToken(login)).toBe(first);
  vi.setSystemTime(now.getTime() + 1_000);
  const second = await createIamToken(login);
  expect(second).not.toBe(first);
  for (const token of [first, second]) expect(decodeURIComponent(token)).not.toContain('the/secret+key');
});

test.each([
  ['db.internal', 'us-east-1'],
  ['registry.cluster-abc.ap-southeast-2.rds.amazonaws.com', 'ap-southeast-2'],
  ['registry.proxy-abc.us-gov-west-1.rds.amazonaws.com', 'us-gov-west-1'],
  ['registry.abc.cn-north-1.rds.amazonaws.com.cn', 'cn-north-1'],
])('%s: signed for %s', async (host, region) => {
  const { searchParams } = partsOf(await createIamToken({ ...login, host }));
  expect(searchParams.get('X-Amz-Credential')).toBe(`AKIAFAKE/20260506/${region}/rds-db/aws4_request`);
});

test('nobody can use what is left of it after redaction', async () => {
  const token = await createIamToken(login);
  const { searchParams } = partsOf(token);
  for (const text of [token, encodeURIComponent(token), JSON.stringify({ login: token })]) {
    const clean = redact(`password ${text} was refused`, []);
    expect(clean).toMatch(/^password .*DBUser.*X-Amz-Date.* was refused$/);
    for (const secret of ['X-Amz-Signature', 'X-Amz-Security-Token', 'X-Amz-Credential']) {
      const value = searchParams.get(secret) ?? '';
      for (const form of [value, encodeURIComponent(value), encodeURIComponent(encodeURIComponent(value))])
        expect(clean).not.toContain(form);
    }
  }
});

test.each([
  ['credentials', Object.keys(credentials), login, 'Could not load credentials from any providers'],
  ['a region', ['AWS_REGION'], { ...login, host: 'db.internal' }, 'Region is missing'],
])('says what to do without %s', async (_, missing, where, reason) => {
  for (const name of missing) vi.stubEnv(name, undefined);
  await expect(createIamToken(where)).rejects.toMatchObject({
    code: 'token-failed',
    message: `No IAM token could be made for refresher at ${where.host}:5432: ${reason}`,
    hint: 'Log in to AWS, and set AWS_REGION where the host is not named as RDS names it.',
  });
});

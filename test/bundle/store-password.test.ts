import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { builtOnce } from '../support/built-once.ts';
import { type FakeCloudFormation, startCloudFormation } from '../support/cloudformation.ts';
import { invokeOnce } from '../support/lambda-process.ts';
import { type FakeParameterStore, faults, startParameterStore } from '../support/parameter-store.ts';
import { type FakeSecretsManager, startSecretsManager } from '../support/secrets-manager.ts';
import { synthCreated } from '../support/synth-database.ts';

const password = 'ArPw3Fhx9sKq5nTzY7vB2mC8dE4gJ6kL1pR0uWaX';
const SecretArn = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:migrator-AbCdEf';

let folder: string;
let secrets: FakeSecretsManager;
let store: FakeParameterStore;
let cloudFormation: FakeCloudFormation;
/** What the template gives the function, with a secret that exists. */
let properties: { readonly ParameterName: string; readonly SecretArn: string; readonly KeyArn: string };

beforeAll(async () => {
  const { 'store-password': codeFolder } = await builtOnce('lambda-code');
  folder = codeFolder;
  const [[, { Properties }] = expect.fail()] = synthCreated().database.entries('Custom::PasswordParameter');
  const { ServiceToken: _, ServiceTimeout: __, ...given } = Properties;
  properties = { ...given, SecretArn };
});
beforeEach(async () => {
  [secrets, store, cloudFormation] = await Promise.all([
    startSecretsManager({ [SecretArn]: password }),
    startParameterStore(),
    startCloudFormation(),
  ]);
});
afterEach(() => Promise.all([secrets.close(), store.close(), cloudFormation.close()]));

/** Has the deployed function carry a request out. Returns everything that left it. */
async function request(
  type: 'Create' | 'Update' | 'Delete',
  { changes = {}, timeoutMs = 60_000 }: { changes?: Record<string, string>; timeoutMs?: number } = {},
) {
  const environment = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_SSM: store.url,
  };
  const answer = await invokeOnce(
    { folder, environment },
    cloudFormation.event(type, { ...properties, ...changes }),
    timeoutMs,
  );
  const [told] = cloudFormation.answers;
  expect(JSON.stringify([answer, cloudFormation.answers])).not.toContain(password);
  expect(JSON.stringify(answer)).not.toMatch(/X-Amz-Signature|fake-secret-access-key|fake-session-token/);
  return { ...answer, told };
}

const stored = () => store.parameters.get('/registry/staging/migrate/db/password');

test('Create copies the secret into a SecureString, encrypted with the environment’s key', async () => {
  const { told } = await request('Create');
  expect(stored()).toEqual({
    type: 'SecureString',
    value: password,
    keyId: 'arn:aws:kms:eu-central-1:111111111111:key/11111111-1111-1111-1111-111111111111',
  });
  expect(told?.body).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: '/registry/staging/migrate/db/password',
    StackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/registry-jobs-staging-database/1',
    RequestId: 'request-1',
    LogicalResourceId: 'Password',
  });
});

test('the answer is put as the URL was signed: without a content type', async () => {
  const { told } = await request('Create');
  expect(told?.method).toBe('PUT');
  expect(told?.headers['content-type']).toBeUndefined();
  expect(told?.headers['content-length']).toBe(String(told?.text.length));
});

test('without a key of its own the account’s is used', async () => {
  await request('Create', { changes: { KeyArn: '' } });
  expect(stored()).toEqual({ type: 'SecureString', value: password });
});

test('Update writes again, also to another parameter, whose name is the new identity', async () => {
  store.parameters.set(properties.ParameterName, { type: 'SecureString', value: 'old' });
  await request('Update');
  expect(stored()?.value).toBe(password);
  await request('Update', { changes: { ParameterName: '/elsewhere/password' } });
  expect(store.parameters.get('/elsewhere/password')?.value).toBe(password);
  expect(cloudFormation.answers.map(({ body }) => body)).toMatchObject([
    { Status: 'SUCCESS', PhysicalResourceId: properties.ParameterName },
    { Status: 'SUCCESS', PhysicalResourceId: '/elsewhere/password' },
  ]);
});

test('Delete leaves the parameter, as the database is left, and asks nobody', async () => {
  store.parameters.set(properties.ParameterName, { type: 'SecureString', value: 'in use' });
  await secrets.close();
  const { told } = await request('Delete');
  expect(stored()?.value).toBe('in use');
  expect(told?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'as before' });
  expect(store.requests).toEqual([]);
});

test('rights that have not arrived yet are waited for', async () => {
  store.fail(faults.denied, 2);
  const { told, logs } = await request('Create');
  expect(told?.body.Status).toBe('SUCCESS');
  expect(stored()?.value).toBe(password);
  expect(logs.match(/waitMs: \d+/g)).toEqual(['waitMs: 500', 'waitMs: 1000']);
});

test.each([
  ['a secret that is gone', { changes: { SecretArn: 'arn:gone' } }, "Secrets Manager can't find arn:gone."],
  ['a key that may not be used', {}, 'customer master key'],
])('%s fails the deploy, which says why', async (_, options, words) => {
  store.fail(faults.keyDenied, 1_000);
  // So little time that waiting is not worth it.
  const { told } = await request('Create', { ...options, timeoutMs: 1_500 });
  expect(told?.body).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining(`${properties.ParameterName} was not written: `),
    PhysicalResourceId: properties.ParameterName,
  });
  expect(told?.body.Reason).toContain(words);
  expect(stored()).toBeUndefined();
});

test('an error that quotes the value is told without it', async () => {
  store.fail({ code: 'ValidationException', message: `Value ${password} is too long` }, 1_000);
  const { told } = await request('Create', { timeoutMs: 1_500 });
  expect(told?.body.Reason).toContain('ValidationException Value *** is too long');
});

test('an answer that is not taken makes the function fail, so that Lambda runs it again', async () => {
  cloudFormation.accept(false);
  const answer = await request('Create');
  expect(answer).toMatchObject({ error: { errorMessage: 'CloudFormation did not take the answer: 403' } });
});

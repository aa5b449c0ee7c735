import {
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeParameterStore, faults, startParameterStore } from '../support/parameter-store.ts';

/** The stand-in, as the real SDK client sees it. */
let store: FakeParameterStore;
let client: SSMClient;

beforeEach(async () => {
  store = await startParameterStore({
    '/a/host': 'db.internal',
    '/a/db/password': { type: 'SecureString', value: '007' },
    '/ab/other': 'not below /a',
  });
  const credentials = { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' };
  client = new SSMClient({ endpoint: store.url, region: 'eu-central-1', credentials });
});
afterEach(() => {
  client.destroy();
  return store.close();
});

async function read(input: Partial<GetParametersByPathCommandInput> = {}) {
  const answer = await client.send(new GetParametersByPathCommand({ Path: '/a', ...input }));
  return { ...answer, values: answer.Parameters?.map(({ Name, Value }) => [Name, Value]) };
}

test('one level, or all of them', async () => {
  expect((await read()).values).toEqual([['/a/host', 'db.internal']]);
  expect((await read({ Recursive: true, WithDecryption: true })).values).toEqual([
    ['/a/db/password', '007'],
    ['/a/host', 'db.internal'],
  ]);
});

test('a SecureString is in the clear only when asked for', async () => {
  const { Parameters } = await read({ Recursive: true });
  expect(Parameters?.[0]).toMatchObject({ Name: '/a/db/password', Type: 'SecureString' });
  expect(Parameters?.[0]?.Value).toMatch(/^QVFJQ0FI/);
});

test('pages of at most ten', async () => {
  for (let i = 10; i < 34; i += 1) store.parameters.set(`/many/${i}`, { value: String(i) });
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const page = await read({ Path: '/many/', MaxResults: 10, ...(token && { NextToken: token }) });
    sizes.push(page.values?.length ?? 0);
    token = page.NextToken;
  } while (token);
  expect(sizes).toEqual([10, 10, 4]);
});

test('the client repeats a throttled request by itself', async () => {
  store.fail(faults.throttled, 1);
  expect((await read()).$metadata.attempts).toBe(2);
  expect(store.requests).toHaveLength(2);
});

test.each(['denied', 'keyDenied', 'keyDisabled'] as const)(
  '%s arrives as the error of that name, once',
  async (name) => {
    store.fail(faults[name]);
    await expect(read()).rejects.toMatchObject({ name: faults[name].code, message: faults[name].message });
    expect(store.requests).toHaveLength(1);
  },
);

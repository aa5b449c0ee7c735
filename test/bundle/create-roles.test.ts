import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parameterNames, parameterPath } from '../../lib/contract.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import type { EmbeddedServer } from '../../lib/local/server.ts';
import { builtOnce } from '../support/built-once.ts';
import { queryOnce } from '../support/database.ts';
import { invokeOnce, type LambdaAnswer, type LambdaOptions } from '../support/lambda-process.ts';
import { type FakeParameterStore, startParameterStore } from '../support/parameter-store.ts';
import { type SynthesizedPair, synthCreated } from '../support/synth-database.ts';

/*
 * A server of its own, since the function creates roles by the names that they are deployed with. As on RDS: the migrator made
 * nothing yet, owns the database, may create roles and databases, and is no superuser.
 */
const passwords = { migrate: 'migrator-begins', 'refresh-statistics': 'refresher-begins' };
let server: EmbeddedServer;
let stacks: SynthesizedPair;
let store: FakeParameterStore;

beforeAll(async () => {
  const codeFolders = await builtOnce('lambda-code');
  stacks = synthCreated(undefined, { migrations: 'migrations', codeFolders });
  server = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
  await query(`create role migrator login createrole createdb password '${passwords.migrate}'`);
});
afterAll(() => server.stop());
beforeEach(async () => {
  await query('drop database if exists registry with (force)');
  await query('drop role if exists refresher, registry_refresher');
  await query('create database registry owner migrator');
  store = await startParameterStore();
  for (const [, { Properties }] of stacks.database.entries('AWS::SSM::Parameter'))
    store.parameters.set(Properties.Name, { value: Properties.Value });
  for (const job of ['migrate', 'refresh-statistics'] as const) {
    const set = (key: keyof typeof parameterNames, value: string) =>
      store.parameters.set(`${parameterPath('staging', job)}/${parameterNames[key]}`, { value });
    set('password', passwords[job]);
    // Where the embedded server is in the place of the instance.
    for (const [key, value] of Object.entries({ host: server.host, port: String(server.port) }))
      set(key as 'host', value);
  }
});
afterEach(() => store.close());

const query = (sql: string, database = 'postgres') => queryOnce(server.connectionString(database), sql);

function lambdaOf(place: string): LambdaOptions {
  const [, fn] = stacks.jobs.find('AWS::Lambda::Function', place);
  const { Variables } = fn.Properties.Environment;
  return {
    folder: stacks.jobs.assetFolder(fn),
    environment: { ...Variables, AWS_ENDPOINT_URL_SSM: store.url },
  };
}

async function run(place: string, timeoutMs?: number): Promise<LambdaAnswer & { logs: string }> {
  const answer = await invokeOnce(lambdaOf(place), {}, timeoutMs);
  for (const password of Object.values(passwords)) expect(JSON.stringify(answer)).not.toContain(password);
  return answer;
}

test('a new database: roles, then migrations, then the statistics as the refresher', async () => {
  expect(await run('Roles')).toMatchObject({
    result: {
      name: 'refresher',
      group: 'registry_refresher',
      created: ['registry_refresher', 'refresher'],
    },
  });
  expect(await run('MigrationsJob')).toMatchObject({ result: { status: 'applied' } });
  expect(await run('Statistics')).toMatchObject({ result: { status: 'refreshed' } });
  const [grants] = await query(
    `select has_function_privilege('refresher', 'update_counts(interval)', 'execute') as calls,
       has_table_privilege('refresher', 'work_items', 'select') as reads`,
    'registry',
  );
  expect(grants).toEqual({ calls: true, reads: false });
});

test('run again it sets the password that the parameter has now', async () => {
  await run('Roles');
  const name = '/registry/staging/refresh-statistics/db/password';
  store.parameters.set(name, { value: 'refresher-now', type: 'SecureString' });
  expect(await run('Roles')).toMatchObject({ result: { created: [] } });
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    database: 'registry',
    user: 'refresher',
    password: 'refresher-now',
  });
  client.on('error', () => {});
  await client.connect();
  await client.end();
});

test('a database that does not take connections yet is waited for', async () => {
  const allow = (it: boolean) => query(`alter database registry allow_connections ${it}`);
  await allow(false);
  const before = store.requests.length;
  const answer = run('Roles');
  // Counted from when it has its settings: a busy machine takes its time to start it.
  await expect.poll(() => store.requests.length, { timeout: 30_000 }).toBeGreaterThan(before);
  setTimeout(() => void allow(true), 1_500);
  const { logs } = await answer;
  expect(await answer).toMatchObject({ result: { name: 'refresher' } });
  expect(logs).toContain('"message":"waiting"');
});

test.each([
  ['has no password', 'There is no password for refresher below /registry/staging/refresh-statistics.'],
  ['is missing', 'Parameter Store has nothing below /registry/staging/refresh-statistics/.'],
])('when the refresher %s, the deploy fails and says so', async (what, message) => {
  for (const name of [...store.parameters.keys()]) {
    const isGone = what === 'is missing' || name.endsWith('/password');
    if (name.includes('refresh-statistics') && isGone) store.parameters.delete(name);
  }
  expect(await run('Roles', 4_000)).toMatchObject({
    error: { errorType: 'JobFailed', errorMessage: expect.stringContaining(message) },
  });
});

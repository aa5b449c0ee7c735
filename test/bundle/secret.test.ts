import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CodeFolders } from '../../lib/bundle/lambda-code.ts';
import { parameterNames } from '../../lib/contract.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { builtOnce } from '../support/built-once.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createForeignStack } from '../support/foreign-stack.ts';
import { invokeOnce, type LambdaAnswer, type LambdaOptions, startLambda } from '../support/lambda-process.ts';
import { type FakeParameterStore, startParameterStore } from '../support/parameter-store.ts';
import { type FakeSecretsManager, startSecretsManager } from '../support/secrets-manager.ts';
import type { Resources } from '../support/synth.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:shop-AbCdEf';
let codeFolders: CodeFolders;
let stack: Resources;
let database: TestDatabase;
let store: FakeParameterStore;
let manager: FakeSecretsManager;

beforeAll(async () => {
  codeFolders = await builtOnce('lambda-code');
  const foreign = createForeignStack();
  const { vpc, database } = foreign;
  const secret = Secret.fromSecretCompleteArn(foreign.stack, 'Secret', arn);
  const migrations = new MigrateOnDeploy(foreign.stack, 'Migrations', {
    migrations: join(import.meta.dirname, '../../migrations'),
    parameterPath: '/shop/migrate',
    codeFolder: codeFolders.migrate,
    vpc,
    database,
    secret,
  });
  new ScheduledStatistics(foreign.stack, 'Statistics', {
    parameterPath: '/shop/statistics',
    codeFolder: codeFolders['refresh-statistics'],
    network: migrations.network,
    secret,
  });
  new ScheduledStatistics(foreign.stack, 'Without', {
    environment: 'without',
    codeFolder: codeFolders['refresh-statistics'],
    network: migrations.network,
  });
  stack = foreign.synth();
});
beforeEach(async () => {
  [database, store, manager] = await Promise.all([
    createTestDatabase(),
    startParameterStore(),
    startSecretsManager({}),
  ]);
  manager.secrets.set(arn, JSON.stringify(secretOf()));
  setParameter('tls', 'disable');
});
afterEach(() => Promise.all([database.drop(), store.close(), manager.close()]));

/** As RDS writes it: the port is a number, and there is more than we need. */
function secretOf(): Record<string, unknown> {
  const url = new URL(database.url);
  return {
    engine: 'postgres',
    dbInstanceIdentifier: 'shop',
    host: url.hostname,
    port: Number(url.port),
    dbname: database.name,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

function setParameter(key: keyof typeof parameterNames, value: string): void {
  for (const job of ['migrate', 'statistics'])
    store.parameters.set(`/shop/${job}/${parameterNames[key]}`, { value });
}

function lambdaOf(id: 'Migrations' | 'Statistics' | 'Without' = 'Migrations'): LambdaOptions {
  const [, fn] = stack.find('AWS::Lambda::Function', `${id}Job`);
  const addresses = { AWS_ENDPOINT_URL_SSM: store.url, AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url };
  return {
    folder: stack.assetFolder(fn),
    environment: { ...fn.Properties.Environment.Variables, ...addresses },
    memoryMb: fn.Properties.MemorySize,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a report as JSON, which the tests compare by shape
function resultOf(answer: LambdaAnswer): any {
  if ('error' in answer) throw new Error(answer.error.errorMessage);
  return answer.result;
}

function messageOf(answer: LambdaAnswer): string {
  if (!('error' in answer)) throw new Error(`It succeeded: ${JSON.stringify(answer.result)}`);
  return answer.error.errorMessage;
}

test('both jobs work with what RDS writes into a secret, and nothing of the connection in Parameter Store', async () => {
  expect(resultOf(await invokeOnce(lambdaOf(), {})).status).toBe('applied');
  expect(resultOf(await invokeOnce(lambdaOf('Statistics'), {})).status).toBe('refreshed');
  expect(manager.requests()).toBe(2);
});

test('with nothing at all below the path, too: then TLS is asked for, as everywhere', async () => {
  store.parameters.clear();
  manager.secrets.set(arn, JSON.stringify({ ...secretOf(), host: 'db.internal.example' }));
  const message = messageOf(await invokeOnce(lambdaOf(), {}, 4_000));
  expect(message).toContain('db.internal.example');
  expect(message).not.toContain('parameters-missing');
});

test('a parameter counts before the secret, one by one', async () => {
  const { dbname: _, ...withoutName } = secretOf();
  manager.secrets.set(arn, JSON.stringify({ ...withoutName, host: 'nowhere.invalid' }));
  setParameter('host', String(secretOf().host));
  setParameter('database', database.name);
  expect(resultOf(await invokeOnce(lambdaOf(), {}))).toMatchObject({
    status: 'applied',
    database: { name: database.name },
  });
});

test('what both leave out is named', async () => {
  const { dbname: _, username: __, ...rest } = secretOf();
  manager.secrets.set(arn, JSON.stringify({ ...rest, dbname: '' }));
  const message = messageOf(await invokeOnce(lambdaOf(), {}));
  expect(message).toContain('/shop/migrate/db/name');
  expect(message).toContain('/shop/migrate/db/user');
});

test('a password that was rotated in the secret is read again by a warm function, once', async () => {
  const user = `u_${database.name}`;
  const rotate = async (password: string) => {
    await database.query(`ALTER ROLE ${user} PASSWORD '${password}'`);
    manager.secrets.set(arn, JSON.stringify({ ...secretOf(), username: user, password }));
  };
  await database.query(`CREATE ROLE ${user} LOGIN SUPERUSER`);
  try {
    await rotate('first-password');
    const lambda = await startLambda(lambdaOf());
    try {
      resultOf(await lambda.invoke({}));
      resultOf(await lambda.invoke({}));
      expect(manager.requests()).toBe(1);
      await rotate('second-password');
      expect(resultOf(await lambda.invoke({})).status).toBe('nothing-to-do');
      expect(manager.requests()).toBe(2);
      await database.query(`ALTER ROLE ${user} PASSWORD 'nobody-was-told'`);
      expect(messageOf(await lambda.invoke({}))).toContain(user);
      expect(manager.requests()).toBe(3);
      expect(lambda.logs()).not.toMatch(/first-password|second-password/);
    } finally {
      await lambda.stop();
    }
  } finally {
    await database.query(`REASSIGN OWNED BY ${user} TO CURRENT_USER; DROP ROLE ${user}`);
  }
});

test.each([
  'only-a-password-of-40-letters',
  '{"password": "horse-battery"',
  '["horse-battery"]',
  '"horse"',
  '',
])('a secret that is not a JSON object (%j) is told without what is in it', async (text) => {
  manager.secrets.set(arn, text);
  const answer = await invokeOnce(lambdaOf(), {});
  expect(messageOf(answer)).toBe(
    [
      `The secret ${arn} is not a JSON object. [secret-invalid]`,
      'What to do: Write it as RDS does: {"host":"...","port":5432,"dbname":"...","username":"...","password":"..."}',
    ].join('\n'),
  );
  expect(JSON.stringify(answer)).not.toMatch(/horse|40-letters/);
});

test('a right that has not arrived yet is waited for, and one that never comes is told', async () => {
  manager.faults.push('AccessDeniedException', 'AccessDeniedException');
  const { logs, ...answer } = await invokeOnce(lambdaOf(), {});
  expect(resultOf(answer).status).toBe('applied');
  expect(logs.split('\n').filter((line) => line.includes('"message":"waiting"'))).toHaveLength(2);
  manager.faults.push(...Array(20).fill('AccessDeniedException'));
  const message = messageOf(await invokeOnce(lambdaOf(), {}, 4_000));
  expect(message).toContain(`Secrets Manager did not give ${arn}: AccessDeniedException`);
  expect(message).toContain('secretsmanager:GetSecretValue');
});

test('a secret that is not there is told with the command that looks', async () => {
  manager.secrets.clear();
  const message = messageOf(await invokeOnce(lambdaOf(), {}));
  expect(message).toContain(`[secret-missing]`);
  expect(message).toContain(`aws secretsmanager describe-secret --secret-id ${arn}`);
});

test('a function without a secret carries no client for it; one with it stays below half a megabyte', () => {
  const folder = (id: 'Statistics' | 'Without') => lambdaOf(id).folder;
  expect(readdirSync(folder('Without')).sort()).toEqual(['index.mjs', 'rds-ca.pem']);
  expect(readdirSync(folder('Statistics')).sort()).toEqual(['fetch-secret.mjs', 'index.mjs', 'rds-ca.pem']);
});

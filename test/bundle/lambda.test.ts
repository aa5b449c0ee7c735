import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CodeFolders } from '../../lib/bundle/lambda-code.ts';
import { defaultStatisticsFunctions, functionMetrics, metricDimensions } from '../../lib/contract.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { builtOnce } from '../support/built-once.ts';
import { createCertificate } from '../support/certificate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  errorOf,
  type Job,
  jobs,
  lambdaOf as lambdaIn,
  metricsIn,
  resultOf,
  type StoredSettings,
  storeSettings as storeSettingsOf,
} from '../support/deployed-jobs.ts';
import { invokeOnce, startLambda } from '../support/lambda-process.ts';
import { type FakeParameterStore, faults, startParameterStore } from '../support/parameter-store.ts';
import { startRdsLogin } from '../support/rds-login.ts';
import { type Synthesized, synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const schedulerEvent = {};
const triggerEvent = {};
const migrationFiles = readdirSync(join(import.meta.dirname, '../../migrations')).filter((it) =>
  it.endsWith('.sql'),
);

let codeFolders: CodeFolders;
let stack: Synthesized;
let database: TestDatabase;
let store: FakeParameterStore;

beforeAll(async () => {
  codeFolders = await builtOnce('lambda-code');
  stack = synth({ props: { codeFolders, migrations: join(import.meta.dirname, '../../migrations') } });
});
beforeEach(async () => {
  [database, store] = await Promise.all([createTestDatabase(), startParameterStore()]);
  for (const job of Object.keys(jobs) as Job[]) storeSettings(job);
});
afterEach(() => Promise.all([database.drop(), store.close()]));

const storeSettings = (job: Job, change: StoredSettings = {}) =>
  storeSettingsOf(store, database, job, change);
const lambdaOf = (job: Job, of: Synthesized = stack) => lambdaIn(job, of, store);

test('the deployed migrate function applies every migration to an empty database, and then none', async () => {
  const lambda = await startLambda(lambdaOf('migrate'));
  try {
    const first = resultOf(await lambda.invoke(triggerEvent));
    expect(first.applied.map((it: { file: string }) => it.file)).toEqual(
      migrationFiles.map((file) => expect.stringMatching(new RegExp(`(^|/)${file}$`))),
    );
    const second = resultOf(await lambda.invoke(triggerEvent));
    expect(second).toMatchObject({ status: 'nothing-to-do', applied: [] });
  } finally {
    await lambda.stop();
  }
});

test('then the deployed statistics function refreshes, and finds nothing to do at once after', async () => {
  resultOf(await invokeOnce(lambdaOf('migrate'), triggerEvent));
  const first = resultOf(await invokeOnce(lambdaOf('refresh-statistics'), schedulerEvent));
  expect(first.status).toBe('refreshed');
  expect(first.functions.map((it: { outcome: string }) => it.outcome)).toEqual(Array(3).fill('refreshed'));
  const second = resultOf(await invokeOnce(lambdaOf('refresh-statistics'), schedulerEvent));
  expect(second.status).toBe('nothing-to-do');
});

test('any folder of migrations and any functions: those that the stack names, whatever Parameter Store says', async () => {
  const migrations = temporaryFolder();
  const sql = `CREATE SCHEMA shop; CREATE FUNCTION shop.refresh() RETURNS int LANGUAGE sql RETURN 1;`;
  writeFileSync(join(migrations, '001_shop.sql'), sql);
  const shop = synth({ props: { codeFolders, migrations, functions: ['shop.refresh'] } });
  storeSettings('refresh-statistics', { statisticsFunctions: 'update_counts' });
  resultOf(await invokeOnce(lambdaOf('migrate', shop), triggerEvent));
  const report = resultOf(await invokeOnce(lambdaOf('refresh-statistics', shop), schedulerEvent));
  expect(report).toMatchObject({ status: 'refreshed', functions: [{ name: 'shop.refresh' }] });
});

test.each(['migrate', 'refresh-statistics'] as const)(
  '%s emits its metrics with all the dimensions that the alarms name',
  async (job) => {
    const migrated = await invokeOnce(lambdaOf('migrate'), triggerEvent);
    const { logs } = job === 'migrate' ? migrated : await invokeOnce(lambdaOf(job), schedulerEvent);
    const documents = metricsIn(logs) as never as MetricsDocument[];
    const total = documents.find((it) => it.function === undefined);
    expectMetrics(
      total,
      metricDimensions('staging', job),
      job === 'migrate'
        ? ['MigrationsApplied', 'MigrationsPending', 'MigrationFailed']
        : [
            'StatisticsRefreshed',
            'StatisticsSkipped',
            'StatisticsFailed',
            'StatisticsRowsFolded',
            'StatisticsLag',
            'MigrationsPending',
          ],
    );
    const functions = documents.filter((it) => it !== total);
    expect(functions.map((it) => it.function)).toEqual(job === 'migrate' ? [] : defaultStatisticsFunctions);
    for (const document of functions) {
      expectMetrics(
        document,
        metricDimensions('staging', job, document.function),
        Object.values(functionMetrics),
      );
      expect(document).toMatchObject({ StatisticsRefreshed: 1, StatisticsSkipped: 0, StatisticsFailed: 0 });
    }
  },
);

/** What a run of the statistics measured of the ledger, and what it logged of it. */
async function lookAtLedger(lambda = lambdaOf('refresh-statistics')) {
  const { logs, ...answer } = await invokeOnce(lambda, schedulerEvent);
  resultOf(answer);
  const measured = metricsIn(logs).flatMap((it) => it.MigrationsPending ?? []);
  const lines = logs.split('\n').filter((line) => /"message":"migrations-/.test(line));
  return { measured, lines: lines.map((line) => JSON.parse(line)) };
}

test('every hour the statistics function counts what the ledger lacks, as after a restore to before the last deploy', async () => {
  resultOf(await invokeOnce(lambdaOf('migrate'), triggerEvent));
  expect(await lookAtLedger()).toEqual({ measured: [0], lines: [] });
  const last = migrationFiles.slice(-2).map((file) => file.replace('.sql', ''));
  await database.query('DELETE FROM schema_migrations WHERE version = ANY ($1)', [last]);
  expect(await lookAtLedger()).toMatchObject({ measured: [2], lines: [{ level: 'WARN', versions: last }] });
  // What the runbook has done about it.
  resultOf(await invokeOnce(lambdaOf('migrate'), triggerEvent));
  expect(await lookAtLedger()).toEqual({ measured: [0], lines: [] });
});

test('where it may not read the ledger, it measures nothing of it and says why, and the refresh succeeds', async () => {
  resultOf(await invokeOnce(lambdaOf('migrate'), triggerEvent));
  const user = `u_${database.name}`;
  await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'refresh'; SELECT grant_statistics_to('${user}');
    REVOKE SELECT ON schema_migrations FROM ${user}`);
  try {
    storeSettings('refresh-statistics', { user, password: 'refresh' });
    const { measured, lines } = await lookAtLedger();
    expect(measured).toEqual([]);
    expect(lines).toMatchObject([
      { level: 'INFO', reason: expect.stringContaining('permission denied for table schema_migrations') },
    ]);
    await database.query(`GRANT SELECT ON schema_migrations TO ${user}`);
    expect(await lookAtLedger()).toEqual({ measured: [0], lines: [] });
  } finally {
    await database.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  }
});

interface MetricsDocument {
  readonly function?: string;
  readonly _aws: {
    readonly CloudWatchMetrics: {
      readonly Namespace: string;
      readonly Dimensions: string[][];
      readonly Metrics: { readonly Name: string }[];
    }[];
  };
}

function expectMetrics(
  document: MetricsDocument | undefined,
  dimensions: Record<string, string>,
  names: readonly string[],
) {
  expect(document).toMatchObject(dimensions);
  const [described] = document?._aws.CloudWatchMetrics ?? [];
  expect(described?.Namespace).toBe('RegistryJobs');
  expect(described?.Dimensions.map((set) => [...set].sort())).toEqual([Object.keys(dimensions).sort()]);
  expect(described?.Metrics.map((it) => it.Name)).toEqual(names);
}

test('settings are read by path, decrypted, in one page as long as there are ten or fewer', async () => {
  resultOf(await invokeOnce(lambdaOf('migrate'), triggerEvent));
  expect(store.requests.map(({ target, accessKeyId, body }) => [target, accessKeyId, body])).toEqual([
    [
      'AmazonSSM.GetParametersByPath',
      'ASIAFAKEFAKEFAKEFAKE',
      { Path: '/registry/staging/migrate', Recursive: true, WithDecryption: true },
    ],
  ]);
});

test('more than one page of parameters, and two throttled requests', async () => {
  for (let i = 0; i < 12; i += 1)
    store.parameters.set(`/registry/staging/migrate/aaa/${i}`, { value: '{"a":1}' });
  store.fail(faults.throttled, 2);
  expect(resultOf(await invokeOnce(lambdaOf('migrate'), triggerEvent)).status).toBe('applied');
  expect(store.requests).toHaveLength(4);
});

test.each([
  ['access is denied', faults.denied, 'ssm:GetParametersByPath'],
  ['the key may not be used', faults.keyDenied, 'ciphertext'],
  ['the key is disabled', faults.keyDisabled, 'disabled'],
])('when %s the error says so, and nothing was done', async (_, fault, words) => {
  store.fail(fault, 1_000);
  // So little time that waiting is not worth it.
  const { errorMessage } = errorOf(await invokeOnce(lambdaOf('migrate'), triggerEvent, 4_000));
  expect(errorMessage).toContain('/registry/staging/migrate');
  expect(errorMessage).toContain(words);
  expect(await database.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
});

test('permissions that have not arrived yet are waited for, and the log says so', async () => {
  store.fail(faults.denied, 2);
  const { logs, ...answer } = await invokeOnce(lambdaOf('migrate'), triggerEvent);
  expect(resultOf(answer).status).toBe('applied');
  const waits = logs.split('\n').filter((line) => line.includes('"message":"waiting"'));
  expect(waits.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'WARN', waitMs: 500, fault: expect.stringContaining('/registry/staging/migrate') },
    { level: 'WARN', waitMs: 1_000 },
  ]);
});

test('so is a database that does not take connections yet', async () => {
  const elsewhere = await createTestDatabase();
  const allow = (it: boolean) => elsewhere.query(`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS ${it}`);
  await allow(false);
  const lambda = await startLambda(lambdaOf('migrate'));
  try {
    const answer = lambda.invoke(triggerEvent);
    await expect.poll(() => lambda.logs(), { timeout: 20_000 }).toContain('"message":"waiting"');
    await allow(true);
    expect(resultOf(await answer).status).toBe('applied');
  } finally {
    await lambda.stop();
    await elsewhere.drop();
  }
});

test('while somebody else migrates, the log says so once and not at every look', async () => {
  const holder = await database.connect();
  const key = String(migrationLockKey(database.name, { schema: 'public', table: 'schema_migrations' }));
  await holder.query('SELECT pg_advisory_lock($1::bigint)', [key]);
  const lambda = await startLambda(lambdaOf('migrate'));
  try {
    const answer = lambda.invoke(triggerEvent);
    const waits = () =>
      lambda
        .logs()
        .split('\n')
        .filter((line) => line.includes('"message":"waiting-for-lock"'));
    await expect.poll(waits, { timeout: 20_000 }).toHaveLength(1);
    await sleep(2_000);
    expect(waits()).toHaveLength(1);
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid, pg_advisory_unlock($1::bigint)', [
      key,
    ]);
    expect(resultOf(await answer).status).toBe('applied');
    // A look at the moment of the release may find nobody in the way, which is another line.
    expect(waits().filter((line) => line.includes(`"pid":${rows[0].pid}`))).toHaveLength(1);
  } finally {
    await lambda.stop();
  }
});

test('a failure names the place in the SQL, keeps what was done before it, and fits into a deploy event', async () => {
  await database.query('CREATE TABLE work_items (other int)');
  const { errorMessage, trace } = errorOf(await invokeOnce(lambdaOf('migrate'), triggerEvent));
  expect(errorMessage).toMatch(/migrations\/\d{3}_\w+\.sql:\d+:\d+: /);
  // CDK's trigger sends CloudFormation the message and the trace in one document of 4,096 bytes.
  expect(JSON.stringify(errorMessage + trace).length).toBeLessThan(3_300);
});

/** A user of its own whose password has every character that needs care, in JSON, SQL or a URL. */
async function withUser(work: (user: string, setPassword: (it: string) => Promise<void>) => Promise<void>) {
  const user = `u_${database.name}`;
  const setPassword = async (password: string) => {
    await database.query(`ALTER ROLE ${user} PASSWORD '${password.replaceAll("'", "''")}'`);
    storeSettings('migrate', { user, password });
  };
  await database.query(`CREATE ROLE ${user} LOGIN SUPERUSER`);
  try {
    await work(user, setPassword);
  } finally {
    await database.query(`REASSIGN OWNED BY ${user} TO CURRENT_USER; DROP ROLE ${user}`);
  }
}

test('a rotated password is read again by a warm function', () =>
  withUser(async (_, setPassword) => {
    await setPassword('first');
    const lambda = await startLambda(lambdaOf('migrate'));
    try {
      resultOf(await lambda.invoke(triggerEvent));
      resultOf(await lambda.invoke(triggerEvent));
      expect(store.requests).toHaveLength(1);
      await setPassword('second');
      expect(resultOf(await lambda.invoke(triggerEvent)).status).toBe('nothing-to-do');
      expect(store.requests).toHaveLength(2);
    } finally {
      await lambda.stop();
    }
  }));

test('no password in what a function writes or returns, whether it works or fails', () =>
  withUser(async (user, setPassword) => {
    const password = `{"correct": 'horse\\battery'}@:/%20`;
    await setPassword(password);
    const worked = await invokeOnce(lambdaOf('migrate'), triggerEvent);
    expect(resultOf(worked).status).toBe('applied');
    storeSettings('migrate', { user, password, database: 'no_such_database' });
    const failed = await invokeOnce(lambdaOf('migrate'), triggerEvent);
    expect(errorOf(failed).errorMessage).toContain('no_such_database');
    expect(JSON.stringify([worked, failed])).not.toMatch(/horse|fake-secret-access-key|fake-session-token/);
  }));

test('no secret in the log either, from a notice, an event or a statement that fails', () =>
  withUser(async (_, setPassword) => {
    const password = `{"correct": 'horse\\battery'}@:/%20`;
    await setPassword(password);
    const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const migrations = temporaryFolder();
    writeFileSync(
      join(migrations, '001_notices.sql'),
      `do $$ begin
        raise notice 'conninfo: password=%', 'sea-biscuit';
        raise notice 'the password: %, encoded: %', ${literal(password)}, ${literal(encodeURIComponent(password))};
        raise warning 'create role x password ''sea-biscuit''';
      end $$;`,
    );
    writeFileSync(
      join(migrations, '002_fails.sql'),
      `create user mapping for current_user server nowhere options (user 'u',\n  password 'sea-biscuit');`,
    );
    const of = synth({ props: { codeFolders, migrations } });
    const { logs, ...answer } = await invokeOnce(lambdaOf('migrate', of), triggerEvent);
    expect(errorOf(answer).errorMessage).toContain('server "nowhere" does not exist');
    expect(JSON.stringify(answer) + logs).not.toMatch(/horse|biscuit/);
    const messages = logs
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line).event?.message)
      .filter((message) => message !== undefined);
    expect(messages).toEqual([
      'conninfo: password=***********',
      'the password: ***, encoded: ***',
      "create role x password '***********'",
    ]);
  }));

test.each(['migrate', 'refresh-statistics'] as const)(
  'with IAM %s signs a token for each connection, waits for a right that may be new, and shows no token',
  async (job) => {
    const identity = createCertificate('localhost');
    const rds = await startRdsLogin(identity);
    const certificateFile = join(temporaryFolder(), 'ca.pem');
    writeFileSync(certificateFile, identity.certificate);
    const port = String(rds.port);
    storeSettings(job, { host: 'localhost', port, user: 'somebody', auth: 'iam', tls: 'verify-full' });
    const { environment, ...options } = lambdaOf(job);
    const lambda = { ...options, environment: { ...environment, PGSSLROOTCERT: certificateFile } };
    const answer = await invokeOnce(lambda, {}, 12_000);
    rds.close();

    const { errorMessage } = errorOf(answer);
    expect(errorMessage).toContain('PAM authentication failed for user "somebody" (SQLSTATE 28000)');
    expect(errorMessage).toContain('GRANT rds_iam TO somebody');
    expect(answer.logs).toContain('"message":"waiting"');
    // At first, and after each wait with the remembered settings and with those that were read again.
    expect(rds.attempts.length).toBeGreaterThanOrEqual(3);
    for (const { user, password } of rds.attempts) {
      const token = new URL(`https://${password}`);
      expect([user, token.host]).toEqual(['somebody', `localhost:${port}`]);
      expect(Object.fromEntries(token.searchParams)).toMatchObject({
        Action: 'connect',
        DBUser: 'somebody',
        'X-Amz-Credential': expect.stringMatching(
          /^ASIAFAKEFAKEFAKEFAKE\/\d{8}\/eu-central-1\/rds-db\/aws4_request$/,
        ),
        'X-Amz-Expires': '900',
        'X-Amz-Security-Token': 'fake-session-token',
      });
      const signature = token.searchParams.get('X-Amz-Signature');
      expect(signature).toMatch(/^[0-9a-f]{64}$/);
      expect(JSON.stringify(answer)).not.toContain(signature);
    }
  },
);

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import type { CodeFolders } from '../../lib/bundle/lambda-code.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import { builtOnce } from '../support/built-once.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { errorOf, lambdaOf, resultOf, storeSettings } from '../support/deployed-jobs.ts';
import { invokeOnce } from '../support/lambda-process.ts';
import { type FakeParameterStore, faults, startParameterStore } from '../support/parameter-store.ts';
import { synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FROM = '/registry/demo/evidence';
const staging = chooseEnvironment('staging');
// The settings of the test are those of `staging`; whose evidence is asked for is another one's.
const asking = { ...staging, requireEvidenceFrom: FROM };
const telling = { ...staging, name: 'demo', publishEvidence: true };

let codeFolders: CodeFolders;
let database: TestDatabase;
let store: FakeParameterStore;
beforeAll(async () => {
  codeFolders = await builtOnce('lambda-code');
});
beforeEach(async () => {
  [database, store] = await Promise.all([createTestDatabase(), startParameterStore()]);
  storeSettings(store, database, 'migrate');
});
afterEach(() => Promise.all([database.drop(), store.close()]));

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

function deployed(migrations: string, environment: Environment = asking) {
  return synth({ environment, props: { codeFolders, migrations } });
}

/** What CloudFormation writes after the other environment's deploy has applied these. */
function applyElsewhere(migrations: string): void {
  const [, { Properties }] = deployed(migrations, telling).find('AWS::SSM::Parameter');
  store.parameters.set(Properties.Name, { value: Properties.Value });
}

const FILES = { '001_a.sql': 'create table a (id int);', '002_b.sql': 'create table b (id int);' };
const tables = async () =>
  (await database.query(`select relname from pg_class where relname in ('a', 'b', 'c') order by 1`)).map(
    ({ relname }) => relname,
  );

test('what the other environment has applied is run, and nothing else', async () => {
  const migrations = folderWith(FILES);
  const lambda = lambdaOf('migrate', deployed(migrations), store);
  expect(errorOf(await invokeOnce(lambda, {})).errorMessage).toContain(
    `Nothing is known of another environment: There is no parameter ${FROM}. [no-evidence]`,
  );
  applyElsewhere(folderWith({ ...FILES, '002_b.sql': 'create table b (id bigint);' }));
  expect(errorOf(await invokeOnce(lambda, {})).errorMessage).toMatch(
    /002_b\.sql was not applied to demo as it is now: it is not in \/registry\/demo\/evidence\. \[no-evidence\]\nWhat to do: Deploy it to demo first, then here: npx cdk deploy$/,
  );
  // Not even the one that was.
  expect(await tables()).toEqual([]);
  applyElsewhere(migrations);
  expect(resultOf(await invokeOnce(lambda, {}))).toMatchObject({ status: 'applied' });
  expect(await tables()).toEqual(['a', 'b']);
});

test('with nothing to run it makes no difference that nobody knows, as when a stack is rolled back', async () => {
  const migrations = folderWith(FILES);
  applyElsewhere(migrations);
  const older = lambdaOf('migrate', deployed(migrations), store);
  const newer = lambdaOf(
    'migrate',
    deployed(folderWith({ ...FILES, '003_c.sql': 'create table c ();' })),
    store,
  );
  expect(resultOf(await invokeOnce(older, {}))).toMatchObject({ status: 'applied' });
  expect(errorOf(await invokeOnce(newer, {})).errorMessage).toContain('003_c.sql was not applied to demo');
  store.parameters.delete(FROM);
  expect(resultOf(await invokeOnce(older, {}))).toMatchObject({ status: 'nothing-to-do' });
  expect(await tables()).toEqual(['a', 'b']);
});

test('a parameter that may not be read keeps everything from being run, and says so', async () => {
  const migrations = folderWith(FILES);
  const lambda = lambdaOf('migrate', deployed(migrations), store);
  store.parameters.set(FROM, { value: 'of somebody else' });
  expect(errorOf(await invokeOnce(lambda, {})).errorMessage).toContain(
    `${FROM} holds no evidence of this version of registry-jobs. [no-evidence]`,
  );
  const { url, parameters } = store;
  // The settings may be read, this one may not.
  const refusing = await startParameterStore();
  for (const [name, value] of parameters) if (name !== FROM) refusing.parameters.set(name, value);
  refusing.failOn('GetParameter', faults.denied);
  const environment = { ...lambda.environment, AWS_ENDPOINT_URL_SSM: refusing.url };
  expect(environment.AWS_ENDPOINT_URL_SSM).not.toBe(url);
  const refused = { ...lambda, environment };
  const { errorMessage } = errorOf(await invokeOnce(refused, {}));
  expect(errorMessage).toContain(`Parameter Store refused to read ${FROM}`);
  expect(errorMessage).toContain('[no-evidence]');
  expect(await tables()).toEqual([]);
  applyElsewhere(migrations);
  expect(resultOf(await invokeOnce(lambda, {}))).toMatchObject({ status: 'applied' });
  expect(resultOf(await invokeOnce(refused, {}))).toMatchObject({ status: 'nothing-to-do' });
  await refusing.close();
});

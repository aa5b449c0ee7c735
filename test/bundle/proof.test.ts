import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { bundleFiles } from '../../lib/contract.ts';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { proofDigests } from '../../lib/plan/proof.ts';
import { builtOnce } from '../support/built-once.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { errorOf, lambdaOf, metricsIn, resultOf, storeSettings } from '../support/deployed-jobs.ts';
import { invokeOnce } from '../support/lambda-process.ts';
import { type FakeParameterStore, startParameterStore } from '../support/parameter-store.ts';
import { synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let database: TestDatabase;
let store: FakeParameterStore;
beforeEach(async () => {
  [database, store] = await Promise.all([createTestDatabase(), startParameterStore()]);
  storeSettings(store, database, 'migrate');
});
afterEach(() => Promise.all([database.drop(), store.close()]));

const FILES = {
  '001_a.sql': 'create table if not exists a (id int);',
  '002_b.sql': 'create table if not exists b (id int);',
};

/** A folder with files and the record that `prove --record` would write of them. */
async function provedFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  const { migrations } = await compileFolder(folder, 'migrations');
  const proof = { format: 1, files: Object.fromEntries(proofDigests(migrations)) };
  writeFileSync(join(folder, 'proof.json'), JSON.stringify(proof));
  return folder;
}

test('the deployed function runs what is proved, refuses what is not, and then runs nothing', async () => {
  const migrations = await provedFolder(FILES);
  const environment = { ...chooseEnvironment('staging'), requireProof: true };
  const codeFolders = await builtOnce('lambda-code');
  const lambda = lambdaOf('migrate', synth({ environment, props: { codeFolders, migrations } }), store);

  // A bundle whose record is of other texts than its files: nobody synthesizes it, somebody may have put it together.
  const record = join(lambda.folder, bundleFiles.proof);
  const others = await provedFolder({ ...FILES, '002_b.sql': 'create table if not exists b (id bigint);' });
  const { migrations: changed } = await compileFolder(others, 'migrations');
  const proved = { format: 1, files: Object.fromEntries(proofDigests(changed)) };
  writeFileSync(record, JSON.stringify(proved));
  const refused = await invokeOnce(lambda, {});
  expect(errorOf(refused).errorMessage).toContain(
    `002_b.sql is not proved: it, its way back or a file before it is another text now. [not-proved]
What to do: Prove it, then run again: registry-jobs prove --record`,
  );
  expect(await database.query("select to_regclass('a') is null as none")).toEqual([{ none: true }]);

  writeFileSync(record, '{"format":1,"files":');
  expect(errorOf(await invokeOnce(lambda, {})).errorMessage).toContain('proof.json is no JSON. [no-proof]');

  const { migrations: own } = await compileFolder(migrations, 'migrations');
  writeFileSync(record, JSON.stringify({ format: 1, files: Object.fromEntries(proofDigests(own)) }));
  const ran = await invokeOnce(lambda, {});
  expect(resultOf(ran)).toMatchObject({ status: 'applied' });
  expect(metricsIn(ran.logs)).toMatchObject([{ MigrationsApplied: 2 }]);
});

test('what is applied already needs no proof: only what would be run is asked about', async () => {
  const migrations = await provedFolder(FILES);
  const codeFolders = await builtOnce('lambda-code');
  const lambda = lambdaOf('migrate', synth({ props: { codeFolders, migrations } }), store);
  expect(resultOf(await invokeOnce(lambda, {}))).toMatchObject({ status: 'applied' });
  writeFileSync(join(lambda.folder, bundleFiles.proof), '{"format":1,"files":{}}');
  expect(resultOf(await invokeOnce(lambda, {}))).toMatchObject({ status: 'nothing-to-do' });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { taskAlias } from '../../lib/contract.ts';
import { builtOnce } from './built-once.ts';
import { type CliResult, cliInProcess, createProject } from './cli.ts';
import { createTestDatabase, randomDatabaseName, type TestDatabase } from './database.ts';
import { lambdaOf, type StoredSettings, storeSettings } from './deployed-jobs.ts';
import type { LambdaOptions } from './lambda-process.ts';
import { type DeployedFunction, type LambdaService, startLambdaService } from './lambda-service.ts';
import { type FakeParameterStore, startParameterStore } from './parameter-store.ts';
import { synth } from './synth.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const FUNCTION = 'registry-jobs-staging-Migrations';

/** What outlives a deploy. One in a file of tests: the client of AWS in this process keeps its connections. */
export interface Account {
  readonly service: LambdaService;
  readonly store: FakeParameterStore;
  /** Each test has a database of its own, but all of a file have this name: so a function that is warm finds the next one. */
  readonly databaseName: string;
  /** What was deployed, by its files. */
  readonly deploys: Map<string, LambdaOptions>;
  close(): Promise<void>;
}

/** An environment that is deployed: its function behind the service, its settings in Parameter Store, its database. */
export interface Deployed extends Pick<Account, 'service' | 'store'> {
  readonly database: TestDatabase;
  /** A folder on somebody's machine, which names the function for `staging` and no database. */
  readonly laptop: string;
  /** Deploys these files: as a stack does, without running them. */
  deploy(files: Readonly<Record<string, string>>, change?: Partial<DeployedFunction>): Promise<void>;
  /** Changes settings in Parameter Store. A warm function remembers those that it has read, so the next call is a cold start. */
  set(settings: StoredSettings): Promise<void>;
  /** Runs a command on that machine. */
  run(...args: string[]): Promise<CliResult>;
  readonly variables: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

/** Makes one, with the real client of AWS in this process. One at a time. */
export async function createDeployed(account: Account, laptopFiles = {}): Promise<Deployed> {
  const { service, store, databaseName, deploys } = account;
  const database = await createTestDatabase({ name: databaseName });
  // A file that waits at a gate of a test is not to be tried again meanwhile.
  const usual = { lockTimeout: '60s' };
  storeSettings(store, database, 'migrate', usual);
  let isUsual = true;
  const laptop = createProject({ '.env.staging': `REGISTRY_JOBS_FUNCTION=${FUNCTION}\n`, ...laptopFiles });
  const codeFolders = await builtOnce('lambda-code');
  const synthesize = (files: Readonly<Record<string, string>>) => {
    const migrations = temporaryFolder();
    for (const [name, sql] of Object.entries(files)) writeFileSync(join(migrations, name), sql);
    return lambdaOf('migrate', synth({ props: { codeFolders, migrations } }), store);
  };
  return {
    service,
    store,
    database,
    laptop,
    deploy: async (files, change = {}) => {
      const key = JSON.stringify(files);
      const lambda = deploys.get(key) ?? synthesize(files);
      deploys.set(key, lambda);
      service.functions.set(FUNCTION, { ...lambda, aliases: [taskAlias], ...change });
    },
    set: async (settings) => {
      isUsual = false;
      storeSettings(store, database, 'migrate', { ...usual, ...settings });
      await service.stopFunctions();
    },
    run: (...args) => cliInProcess([...args, '--env', 'staging'], { folder: laptop }),
    variables: { ...client, AWS_ENDPOINT_URL_LAMBDA: service.url },
    drop: async () => {
      await (isUsual ? service.stopBusy() : service.stopFunctions());
      service.functions.clear();
      service.forgive();
      store.forgive();
      store.parameters.clear();
      await database.drop();
    },
  };
}

const client = {
  AWS_ACCESS_KEY_ID: 'AKIAFAKE',
  AWS_SECRET_ACCESS_KEY: 'fake',
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
};

/** Starts the services, and has the client of this process ask them. */
export async function openAccount(): Promise<Account> {
  const [service, store] = await Promise.all([startLambdaService(), startParameterStore()]);
  for (const [name, value] of Object.entries({ ...client, AWS_ENDPOINT_URL_LAMBDA: service.url }))
    vi.stubEnv(name, value);
  return {
    service,
    store,
    databaseName: randomDatabaseName(),
    deploys: new Map(),
    close: async () => {
      await Promise.all([service.close(), store.close()]);
    },
  };
}

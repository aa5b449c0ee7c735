import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { taskAlias } from '../../lib/contract.ts';
import { builtOnce } from './built-once.ts';
import { type CliResult, cliInProcess, createProject } from './cli.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { lambdaOf, storeSettings } from './deployed-jobs.ts';
import { type DeployedFunction, type LambdaService, startLambdaService } from './lambda-service.ts';
import { type FakeParameterStore, startParameterStore } from './parameter-store.ts';
import { synth } from './synth.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const FUNCTION = 'registry-jobs-staging-Migrations';

/** An environment that is deployed: its function behind the service, its settings in Parameter Store, its database. */
export interface Deployed {
  readonly database: TestDatabase;
  readonly store: FakeParameterStore;
  readonly service: LambdaService;
  /** A folder on somebody's machine, which names the function for `staging` and no database. */
  readonly laptop: string;
  /** Deploys these files: as a stack does, without running them. */
  deploy(files: Readonly<Record<string, string>>, change?: Partial<DeployedFunction>): Promise<void>;
  /** Runs a command on that machine. */
  run(...args: string[]): Promise<CliResult>;
  readonly variables: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

/** Makes one, with the real client of AWS in this process. One in a file of tests: the client keeps its connections. */
export async function createDeployed(service: LambdaService, laptopFiles = {}): Promise<Deployed> {
  const [database, store] = await Promise.all([createTestDatabase(), startParameterStore()]);
  // A file that waits at a gate of a test is not to be tried again meanwhile.
  storeSettings(store, database, 'migrate', { lockTimeout: '60s' });
  const laptop = createProject({ '.env.staging': `REGISTRY_JOBS_FUNCTION=${FUNCTION}\n`, ...laptopFiles });
  const codeFolders = await builtOnce('lambda-code');
  return {
    database,
    store,
    service,
    laptop,
    deploy: async (files, change = {}) => {
      const migrations = temporaryFolder();
      for (const [name, sql] of Object.entries(files)) writeFileSync(join(migrations, name), sql);
      const lambda = lambdaOf('migrate', synth({ props: { codeFolders, migrations } }), store);
      service.functions.set(FUNCTION, { ...lambda, aliases: [taskAlias], ...change });
    },
    run: (...args) => cliInProcess([...args, '--env', 'staging'], { folder: laptop }),
    variables: { ...client, AWS_ENDPOINT_URL_LAMBDA: service.url },
    drop: async () => {
      await service.stopFunctions();
      await Promise.all([database.drop(), store.close()]);
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

/** Starts the service, and has the client of this process ask it. */
export async function startService(): Promise<LambdaService> {
  const service = await startLambdaService();
  for (const [name, value] of Object.entries({ ...client, AWS_ENDPOINT_URL_LAMBDA: service.url }))
    vi.stubEnv(name, value);
  return service;
}

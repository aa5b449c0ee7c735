import { parameterNames, parameterPath } from '../../lib/contract.ts';
import type { TestDatabase } from './database.ts';
import type { LambdaAnswer, LambdaOptions } from './lambda-process.ts';
import type { FakeParameterStore } from './parameter-store.ts';
import type { Synthesized } from './synth.ts';

/** A job and where it is in the stack. */
export const jobs = { migrate: 'MigrationsJob', 'refresh-statistics': 'StatisticsJob' } as const;
export type Job = keyof typeof jobs;

export type StoredSettings = Partial<Record<keyof typeof parameterNames, string>>;

/** Writes the way to a database into Parameter Store, where the job of the environment `staging` looks for it. */
export function storeSettings(
  store: FakeParameterStore,
  database: TestDatabase,
  job: Job,
  change: StoredSettings = {},
): void {
  const url = new URL(database.url);
  const values = {
    host: url.hostname,
    port: url.port,
    database: database.name,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: 'disable',
    ...change,
  };
  for (const [key, value] of Object.entries(values)) {
    const name = `${parameterPath('staging', job)}/${parameterNames[key as keyof typeof parameterNames]}`;
    store.parameters.set(name, { value, type: key === 'password' ? 'SecureString' : 'String' });
  }
}

/** The code that CDK would upload and the variables that CloudFormation would set, found through the template. */
export function lambdaOf(job: Job, of: Synthesized, store: FakeParameterStore): LambdaOptions {
  const [, fn] = of.find('AWS::Lambda::Function', jobs[job]);
  const { AWS_ENDPOINT_URL_SSM: _, ...environment } = fn.Properties.Environment.Variables;
  return {
    folder: of.assetFolder(fn),
    environment: { ...environment, AWS_ENDPOINT_URL_SSM: store.url },
    memoryMb: fn.Properties.MemorySize,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a report as JSON, which the tests compare by shape
export function resultOf(answer: LambdaAnswer): any {
  if ('error' in answer) throw new Error(answer.error.errorMessage);
  return answer.result;
}

export function errorOf(answer: LambdaAnswer) {
  if (!('error' in answer)) throw new Error(`It succeeded: ${JSON.stringify(answer.result)}`);
  return answer.error;
}

/** The metrics documents among the log lines. */
export function metricsIn(logs: string): Record<string, unknown>[] {
  const lines = logs.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).filter((line) => '_aws' in line);
}

import { type JobName, parameterNames, parameterPath } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import { readEnvFile } from './env-file.ts';
import { fromVariables, variableNames } from './environment.ts';
import type { RawSettings, SettingKey } from './settings.ts';

/** Environments whose settings are in a file beside the code; any other is a live one. */
export const localEnvironments = ['development', 'test', 'integration'] as const;

/** Where the settings of an environment come from, once they have been read. */
export interface SettingsSource {
  readonly kind: 'env-file' | 'parameter-store' | 'none';
  readonly raw: RawSettings;
  /** The folder of an embedded Postgres, if the file asks for one. */
  readonly embedded?: string;
  /** What a missing setting would be called there. */
  readonly nameOf: (key: SettingKey) => string;
}

export interface SourceOptions {
  readonly folder: string;
  readonly environment: string;
  readonly job: JobName;
  /** True when flags or environment variables name the server, so that nothing needs to be found. */
  readonly isServerGiven: boolean;
}

/**
 * Reads `.env.<environment>` if it exists. Without it, a live environment is read from Parameter Store.
 *
 * @throws UsageError `no-settings`; RegistryJobsError `parameters-...`
 */
export async function readSource({
  folder,
  environment,
  job,
  isServerGiven,
}: SourceOptions): Promise<SettingsSource> {
  const file = await readEnvFile(folder, environment);
  if (file) {
    const where = ` in ${file.name}`;
    const embedded = file.variables.REGISTRY_JOBS_EMBEDDED;
    const raw = fromVariables(file.variables, where);
    return {
      kind: 'env-file',
      raw,
      ...(embedded && { embedded }),
      nameOf: (key) => variableNames[key] + where,
    };
  }
  const nameOf = (key: SettingKey) => variableNames[key];
  if (isServerGiven) return { kind: 'none', raw: {}, nameOf };
  if ((localEnvironments as readonly string[]).includes(environment)) {
    throw new UsageError(
      'no-settings',
      `There is no .env.${environment} in ${folder}, and no DATABASE_URL.`,
      {
        hint: 'Create the file, set DATABASE_URL, or name the database with --database-url.',
      },
    );
  }
  // Loaded only here: the AWS client takes longer to load than most commands take to run.
  const { readParameters } = await import('./parameter-store.ts');
  const path = parameterPath(environment, job);
  const names: Partial<Record<SettingKey, string>> = parameterNames;
  return {
    kind: 'parameter-store',
    raw: await readParameters(path),
    nameOf: (key) => `${path}/${names[key] ?? key}`,
  };
}

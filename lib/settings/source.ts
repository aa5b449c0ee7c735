import { environmentVariables, type JobName, parameterPath } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import { listed, shellWord } from '../text/format.ts';
import { assertQuotes } from './env-faults.ts';
import { type EnvFile, readEnvFile } from './env-file.ts';
import { variableNames } from './environment.ts';
import { mergeLayers, whichDatabase } from './layers.ts';
import { fromEnvFile, lookalikes } from './other-names.ts';
import { parameterName } from './parameter-name.ts';
import type { RawSettings, SettingKey } from './settings.ts';

/** Environments whose settings are in a file beside the code; any other is a live one. */
export const localEnvironments: readonly string[] = ['development', 'test', 'integration'];

/** Where the settings of an environment come from, once they have been read. */
export interface SettingsSource {
  readonly kind: 'env-file' | 'parameter-store' | 'none';
  readonly raw: RawSettings;
  /** The folder of an embedded Postgres, if the file asks for one. */
  readonly embedded?: string;
  /** What a setting would be called there. */
  readonly nameOf: (key: SettingKey) => string;
  /** Says that a required setting is not there. */
  readonly missing: (key: SettingKey) => string;
  /** What in it was not used, and why. */
  readonly warnings: readonly WarningReport[];
}

export interface SourceOptions {
  readonly folder: string;
  readonly environment: string;
  readonly job: JobName;
  /** True when flags or environment variables name the server, so that nothing needs to be found. */
  readonly isServerGiven: boolean;
  /** A path in Parameter Store that is read instead of what belongs to the environment. */
  readonly parameterPath?: string | undefined;
}

/**
 * Reads `.env.<environment>` if it exists, and Parameter Store where it names a path there. Without it, a live environment is read from
 * Parameter Store.
 *
 * @throws UsageError `no-settings`, `invalid-settings`; RegistryJobsError `parameters-...`
 */
export async function readSource(options: SourceOptions): Promise<SettingsSource> {
  const { folder, environment, job, isServerGiven } = options;
  if (options.parameterPath !== undefined) return fromParameterStore(options.parameterPath);
  const file = await readEnvFile(folder, environment).catch(unreadable(folder));
  if (file) return fromFile(file, isServerGiven);
  if (isServerGiven) return NOTHING;
  if (localEnvironments.includes(environment)) {
    throw new UsageError(
      'no-settings',
      `There is no .env.${environment} in ${folder}, and no DATABASE_URL.`,
      {
        hint: 'Create the file, set DATABASE_URL, or name the database: registry-jobs status --database-url postgres://user:password@localhost/database',
      },
    );
  }
  return fromParameterStore(parameterPath(environment, job));
}

/** Somebody else's file, or a folder of that name. */
function unreadable(folder: string): (error: Error) => never {
  return (error) => {
    throw new UsageError('invalid-settings', `The .env file cannot be read: ${error.message}`, {
      hint: `See whose it is: ls -ld ${shellWord(`${folder}/`)}.env*`,
      cause: error,
    });
  };
}

const NOTHING: SettingsSource = {
  kind: 'none',
  raw: {},
  nameOf: (key) => variableNames[key],
  missing: (key) => `${variableNames[key]} is not set`,
  warnings: [],
};

async function fromFile(file: EnvFile, isServerGiven: boolean): Promise<SettingsSource> {
  assertQuotes(file.name, file.faults ?? []);
  const { raw, warnings } = fromEnvFile(file);
  const embedded = file.variables.REGISTRY_JOBS_EMBEDDED;
  const path = file.variables[environmentVariables.parameterPath];
  const nameOf = (key: SettingKey) => `${variableNames[key]} in ${file.name}`;
  const own: SettingsSource = {
    kind: 'env-file',
    raw,
    ...(embedded && { embedded }),
    nameOf,
    missing: (key) => {
      const similar = lookalikes(key, file);
      const there =
        similar.length > 0
          ? ` (${listed(similar)} ${similar.length === 1 ? 'is' : 'are'} there, and not read)`
          : '';
      return `${nameOf(key)} is not set${there}`;
    },
    warnings,
  };
  // A file that names the host leaves nothing of a connection to Parameter Store.
  if (!path || isServerGiven || whichDatabase(raw) || embedded) return own;
  const store = await fromParameterStore(path);
  return { ...store, raw: mergeLayers({ flags: {}, environment: raw, source: store.raw }), warnings };
}

async function fromParameterStore(given: string): Promise<SettingsSource> {
  const path = given.replace(/\/+$/, '');
  if (!/^(\/[\w.-]+)+$/.test(path)) {
    throw new UsageError('bad-parameter-path', `"${given}" is not a path of Parameter Store.`, {
      hint: 'A path begins with a slash: registry-jobs status --parameter-path /registry/staging/migrate',
    });
  }
  // Loaded only here: the AWS client takes longer to load than most commands take to run.
  const { readParameters } = await import('./parameter-store.ts');
  const nameOf = (key: SettingKey) => parameterName(path, key);
  return {
    kind: 'parameter-store',
    raw: await readParameters(path),
    nameOf,
    missing: (key) => `${nameOf(key)} is not set`,
    warnings: [],
  };
}

import type { RawSettings, SettingKey } from './settings.ts';

const CONNECTION: readonly SettingKey[] = [
  'host',
  'port',
  'database',
  'user',
  'auth',
  'password',
  'tls',
  'certificateFile',
];

/** The three places settings come from, strongest first. */
export interface Layers {
  readonly flags: RawSettings;
  readonly environment: RawSettings;
  /** A `.env` file or Parameter Store. */
  readonly source: RawSettings;
}

/**
 * Merges the layers; the strongest that names a setting wins. The connection is one thing, though: when a
 * stronger layer names the host, what a weaker one says about another server (its password above all) is left
 * out. Variables that name no host, such as PGPASSWORD alone, complete the flag, as they do for psql.
 */
export function mergeLayers({ flags, environment, source }: Layers): RawSettings {
  const isServerGiven = flags.host || environment.host;
  return {
    ...(isServerGiven ? without(source, CONNECTION) : source),
    ...(flags.host && environment.host ? without(environment, CONNECTION) : environment),
    ...flags,
  };
}

function without(raw: RawSettings, keys: readonly SettingKey[]): RawSettings {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !keys.includes(key as SettingKey)));
}

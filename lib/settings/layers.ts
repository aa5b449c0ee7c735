import type { RawSettings, RawValue, SettingKey } from './settings.ts';

const CONNECTION: readonly SettingKey[] = [
  'file',
  'host',
  'address',
  'port',
  'tokenPort',
  'database',
  'user',
  'auth',
  'password',
  'tls',
  'certificateFile',
  'tlsNegotiation',
  'channelBinding',
  'options',
  'targetSession',
];

/** What says which database is meant: a file of SQLite, or the host of a server. */
export function whichDatabase({ host, file }: RawSettings): RawValue | undefined {
  return file ?? host;
}

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
 *
 * An address is only the way to a host that may be named by a weaker layer: RDS through a tunnel. The port beside it is the tunnel's, and a
 * token of IAM is still signed for the port that stands with the host.
 */
export function mergeLayers({ flags, environment, source }: Layers): RawSettings {
  const isServerGiven = whichDatabase(flags) || whichDatabase(environment);
  const kept = [
    flags,
    whichDatabase(flags) && whichDatabase(environment) ? without(environment, CONNECTION) : environment,
    isServerGiven ? without(source, CONNECTION) : source,
  ];
  const merged: RawSettings = Object.assign({}, ...kept.toReversed());
  // Variables such as PGPASSWORD alone complete a server; a file has nothing of the kind.
  if (merged.file) return { ...withoutConnection(merged), file: merged.file };
  const named = kept.findIndex(({ host }) => host);
  const reached = kept.findIndex(({ address }) => address);
  if (reached < 0 || reached >= named) return merged;
  const port = kept[named]?.tokenPort ?? kept[named]?.port;
  return port
    ? { ...merged, tokenPort: port }
    : { ...merged, tokenPort: { value: '5432', name: 'the port' } };
}

/** Without what it says of a server or of a file. */
export function withoutConnection(raw: RawSettings): RawSettings {
  return without(raw, CONNECTION);
}

/** Without what it says of another server than one that is known whole, such as the embedded one: only the database is left. */
export function besides(raw: RawSettings): RawSettings {
  return without(
    raw,
    CONNECTION.filter((key) => key !== 'database'),
  );
}

/** Which settings of a layer say something of the connection: those that another host leaves out. */
export function connectionIn(raw: RawSettings): SettingKey[] {
  return CONNECTION.filter((key) => raw[key] !== undefined);
}

function without(raw: RawSettings, keys: readonly SettingKey[]): RawSettings {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !keys.includes(key as SettingKey)));
}

import { UsageError } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import { connectionIn, whichDatabase } from '../settings/layers.ts';
import type { RawSettings, SettingKey } from '../settings/settings.ts';
import { localEnvironments, type SettingsSource } from '../settings/source.ts';
import { shellWord } from '../text/format.ts';

/** What says which database is meant. */
export interface Asked {
  readonly flags: RawSettings;
  /** Of the process. */
  readonly environment: RawSettings;
  readonly source: Pick<SettingsSource, 'raw' | 'missing'>;
  /** The environment; asked for by name, or the one that it is where nobody says anything. */
  readonly env: string;
  readonly isEnvNamed: boolean;
  /** The path in Parameter Store, and how it was named. */
  readonly path?: { readonly value: string; readonly isFlag: boolean } | undefined;
}

/**
 * Refuses where an environment or a path was asked for by name, and a variable that happens to be exported means a database of its own:
 * either could be the wrong one. For an environment on this machine, as in CI, the variable wins, which is told.
 *
 * @returns what was not used, and why
 * @throws UsageError `two-databases`
 */
export function assertOneDatabase(asked: Asked): WarningReport[] {
  const { flags, environment, source, env, isEnvNamed, path } = asked;
  if (path?.isFlag && whichDatabase(flags))
    throw twice('--parameter-path', '--database-url', flags, 'leave out one of them');
  const isLive = isEnvNamed && !localEnvironments.includes(env);
  if (whichDatabase(flags)) {
    const named = path ? 'REGISTRY_JOBS_PARAMETER_PATH' : `--env ${env}`;
    return path || isLive ? [told(flags, '--database-url', `${named} was not looked at`)] : [];
  }
  const which = whichDatabase(environment);
  const winner = which && variableOf(which.name);
  if (winner === undefined || winner === '') return isEnvNamed ? overridden(asked) : [];
  if (path) {
    const other = path.isFlag ? '--parameter-path' : 'REGISTRY_JOBS_PARAMETER_PATH';
    throw twice(other, winner, environment, `take away one of them: env -u ${winner} registry-jobs status`);
  }
  if (!isEnvNamed || isSame(environment, source.raw)) return [];
  if (isLive) {
    const command = `env -u ${winner} registry-jobs status --env ${shellWord(env)}`;
    throw twice(
      `--env ${env}`,
      winner,
      environment,
      `leave out --env if that one is meant. To use the settings of ${env}: ${command}`,
    );
  }
  if (connectionIn(source.raw).length === 0) return [];
  return [told(environment, winner, `what the settings of ${env} say of a database was not used`)];
}

/** A variable that names a part of the connection, where the environment that was asked for has another. */
function overridden({ flags, environment, source, env }: Asked): WarningReport[] {
  const keys = ['database', 'user'] as const;
  return keys.flatMap((key): WarningReport[] => {
    const [ours, theirs] = [environment[key], source.raw[key]];
    if (flags[key] || !ours || !theirs || ours.value === theirs.value) return [];
    const message = `${ours.name} was used (${ours.value}), and not what the settings of ${env} say (${theirs.value}).`;
    return [{ code: 'settings-disagree', message }];
  });
}

function told(raw: RawSettings, by: string, rest: string): WarningReport {
  return {
    code: 'settings-disagree',
    message: `${by} says which database is meant (${shown(raw)}): ${rest}.`,
  };
}

function twice(one: string, other: string, raw: RawSettings, hint: string): UsageError {
  const message = `${one} and ${other} both say which database is meant; ${other} means ${shown(raw)}.`;
  return new UsageError('two-databases', message, { hint: `Nothing was done: ${hint}` });
}

/** As far as it is named. */
function shown({ file, database, host, user }: RawSettings): string {
  if (file) return file.value;
  return [database?.value, host && `on ${host.value}`, user && `as ${user.value}`].filter(Boolean).join(' ');
}

/** `host in DATABASE_URL` -> `DATABASE_URL`. */
function variableOf(name: string): string {
  return name.replace(/^\w+ in /, '');
}

function isSame(one: RawSettings, other: RawSettings): boolean {
  return (
    one.file?.value === other.file?.value &&
    one.host?.value === other.host?.value &&
    one.database?.value === other.database?.value
  );
}

const WORDS: Readonly<Partial<Record<SettingKey, string>>> = { database: 'database', user: 'user' };

/** Says where a setting was looked for that is nowhere, and where it was left aside since the host is another one. */
export function missingIn(
  { flags, environment, source }: Pick<Asked, 'flags' | 'environment' | 'source'>,
  variable: (key: SettingKey) => string,
): (key: SettingKey) => string {
  const host = flags.host ?? environment.host;
  if (!host) return source.missing;
  const by = variableOf(host.name);
  const isUrl = by === '--database-url' || by === 'DATABASE_URL';
  return (key) => {
    const isAside = flags.host && environment.host && environment[key];
    const looked = isUrl ? `${by} names no ${WORDS[key] ?? key}` : `${variable(key)} is not set`;
    const also = isUrl && !isAside ? `, and ${variable(key)} is not set` : '';
    const unused = [...(isAside ? [environment[key]?.name] : []), source.raw[key]?.name].filter(Boolean);
    const aside = unused.length > 0 ? ` (${unused.join(' and ')} not used: ${by} names another host)` : '';
    return looked + also + aside;
  };
}

import { UsageError } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { EnvFile } from './env-file.ts';
import { fromVariables, variableNames } from './environment.ts';
import type { RawSettings, RawValue, SettingKey } from './settings.ts';
import { parseBoolean } from './values.ts';

/** What applications call the parts of a connection in their `.env` files, where ours are those of libpq. */
const OTHER_NAMES = {
  DB_HOST: 'host',
  DB_PORT: 'port',
  DB_NAME: 'database',
  DB_USER: 'user',
  DB_PASSWORD: 'password',
  DB_USE_SSL: 'tls',
} as const satisfies Readonly<Record<string, SettingKey>>;

/** What a `.env` file says. */
export interface FileSettings {
  readonly raw: RawSettings;
  readonly warnings: readonly WarningReport[];
}

/**
 * Reads the settings of a `.env` file. Names of applications (`DB_HOST`) count where `DATABASE_URL` and the names of libpq leave something
 * open; where both speak and do not agree, it is told. What is about another host is left out whole, its password above all.
 *
 * @throws UsageError `invalid-settings`
 */
export function fromEnvFile({ name: file, variables }: EnvFile): FileSettings {
  const where = ` in ${file}`;
  const raw = fromVariables(variables, where);
  const others = Object.entries(OTHER_NAMES).flatMap(([name, key]): [SettingKey, RawValue][] => {
    const value = variables[name];
    return value
      ? [[key, { value: key === 'tls' ? modeOf(value, name + where) : value, name: name + where }]]
      : [];
  });
  const other: RawSettings = Object.fromEntries(others);
  if (raw.file) {
    if (others.length === 0) return { raw, warnings: [] };
    const message = `${nameWithin(raw.file, where)}${where} names a SQLite database, which was used. Nothing of DB_HOST and its like was.`;
    return { raw, warnings: [{ code: 'settings-disagree', message }] };
  }
  if (raw.host && other.host && raw.host.value !== other.host.value) {
    const message = `${other.host.name} is ${other.host.value}, and ${nameWithin(raw.host, where)} there names ${raw.host.value}, which was used. Nothing of DB_HOST and its like was.`;
    return { raw, warnings: [{ code: 'settings-disagree', message }] };
  }
  const warnings = others.flatMap(([key, value]): WarningReport[] => {
    const ours = raw[key];
    return ours && !agree(key, ours.value, value.value) ? [disagreement(key, ours, value, where)] : [];
  });
  return { raw: { ...other, ...raw }, warnings };
}

function disagreement(key: SettingKey, ours: RawValue, other: RawValue, where: string): WarningReport {
  const values = key === 'password' ? '' : ` (${ours.value}, not ${other.value})`;
  const message = `${other.name} does not agree with ${nameWithin(ours, where)} there, which was used${values}.`;
  return { code: 'settings-disagree', message };
}

function nameWithin({ name }: RawValue, where: string): string {
  return name.endsWith(where) ? name.slice(0, -where.length) : name;
}

/** On and off are less exact than a mode of TLS. */
function agree(key: SettingKey, ours: string, other: string): boolean {
  return key === 'tls' ? (ours === 'disable') === (other === 'disable') : ours === other;
}

function modeOf(value: string, name: string): string {
  try {
    return parseBoolean(value) ? 'verify-full' : 'disable';
  } catch (error) {
    throw new UsageError('invalid-settings', `${name}: ${error instanceof Error ? error.message : error}`, {
      hint: 'Write DB_USE_SSL=true or DB_USE_SSL=false, or one of the modes of libpq as PGSSLMODE.',
    });
  }
}

/** Variables of a file that look as if they meant a setting that is missing: `POSTGRES_USER` for `user`. */
export function lookalikes(key: SettingKey, { variables }: EnvFile): string[] {
  const pattern = LOOKALIKE[key];
  const read = ['DATABASE_URL', ...Object.values(variableNames), ...Object.keys(OTHER_NAMES)];
  return Object.keys(variables).filter(
    (name) => pattern?.test(name) && !read.includes(name) && variables[name],
  );
}

const LOOKALIKE: Readonly<Partial<Record<SettingKey, RegExp>>> = {
  host: /^(PG|POSTGRES|DB|DATABASE|SQL)\w*_?(HOST|HOSTNAME|SERVER|URL|URI)$/i,
  database: /^(PG|POSTGRES|DB|DATABASE|SQL)\w*_?(DB|NAME|DATABASE)$/i,
  user: /^(PG|POSTGRES|DB|DATABASE|SQL)\w*_?(USER|USERNAME)$/i,
};

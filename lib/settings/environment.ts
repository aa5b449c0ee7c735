import { environmentVariables } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import { secondsOf, UrlFault } from './connection-parameters.ts';
import { ESCAPES, FORM, splitDatabaseUrl } from './database-url.ts';
import { withoutConnection } from './layers.ts';
import type { RawSettings, RawValue, SettingKey } from './settings.ts';

/** The variables that are read, in the process environment and in `.env` files alike. */
export const variableNames: Readonly<Record<SettingKey, string>> = {
  file: 'DATABASE_URL',
  host: 'PGHOST',
  address: 'PGHOSTADDR',
  port: 'PGPORT',
  tokenPort: 'PGPORT',
  database: 'PGDATABASE',
  user: 'PGUSER',
  auth: 'REGISTRY_JOBS_AUTH',
  password: 'PGPASSWORD',
  tls: 'PGSSLMODE',
  certificateFile: 'PGSSLROOTCERT',
  tlsNegotiation: 'PGSSLNEGOTIATION',
  channelBinding: 'PGCHANNELBINDING',
  applicationName: 'PGAPPNAME',
  options: 'PGOPTIONS',
  targetSession: 'PGTARGETSESSIONATTRS',
  connectTimeout: 'REGISTRY_JOBS_CONNECT_TIMEOUT',
  ledger: 'REGISTRY_JOBS_LEDGER',
  lockTimeout: 'REGISTRY_JOBS_LOCK_TIMEOUT',
  maintenance: 'REGISTRY_JOBS_MAINTENANCE',
  statisticsFunctions: environmentVariables.statisticsFunctions,
  statisticsTimeout: 'REGISTRY_JOBS_STATISTICS_TIMEOUT',
};

/**
 * Picks our settings out of a set of variables. What `DATABASE_URL` says wins over `PGHOST` and its like of
 * the same source, which fill in what it leaves out. An empty variable is as good as none, as for libpq.
 *
 * @param where ends the name in a fault: ` in .env.test`, or nothing for the process environment
 */
export function fromVariables(
  variables: Readonly<Record<string, string | undefined>>,
  where = '',
): RawSettings {
  const raw: RawSettings = {};
  for (const [key, variable] of Object.entries(variableNames) as [SettingKey, string][]) {
    const value = variables[variable];
    if (value && !NOT_READ.includes(key)) raw[key] = { value, name: variable + where };
  }
  const seconds = variables.PGCONNECT_TIMEOUT;
  if (seconds && !raw.connectTimeout) raw.connectTimeout = readSeconds(seconds, `PGCONNECT_TIMEOUT${where}`);
  const url = variables.DATABASE_URL;
  if (!url) return raw;
  const named = readDatabaseUrl(url, `DATABASE_URL${where}`);
  return { ...(named.file ? withoutConnection(raw) : raw), ...named };
}

/** Named by the same variable as another setting. */
const NOT_READ: readonly SettingKey[] = ['file', 'tokenPort'];

/** @throws UsageError `invalid-settings` naming where the URL came from. */
export function readDatabaseUrl(url: string, name: string): RawSettings {
  try {
    return splitDatabaseUrl(url, name);
  } catch (error) {
    throw new UsageError('invalid-settings', `${name}: ${error instanceof Error ? error.message : error}`, {
      hint: (error instanceof UrlFault && error.hint) || `${FORM}. ${ESCAPES}`,
    });
  }
}

function readSeconds(text: string, name: string): RawValue {
  try {
    return { value: secondsOf(text), name };
  } catch {
    // The parser tells it among the other faults.
    return { value: text, name };
  }
}

import path from 'node:path';
import { contextOf, type DatabaseOptions, rawSettingsOf } from './api-settings.ts';
import type { DoctorReport } from './reports/doctor.ts';
import { redactDeep } from './secrets/redact.ts';
import { knownServer, settingOrigins } from './settings/origins.ts';
import { parseSettings } from './settings/parse.ts';
import type { PostgresSettings, RawSettings } from './settings/settings.ts';

export interface DoctorOptions {
  /** A connection string of libpq, such as `postgres://user:password@host:5432/database?sslmode=verify-full`, or its parts. */
  readonly database: string | DatabaseOptions;
  /** The folder of SQL files, whose files are counted. @default none is looked at */
  readonly folder?: string;
  /** What the report calls this environment. @default 'library' */
  readonly environment?: string;
}

/**
 * Says step by step what the settings are, whether their server can be reached, what it is and what this user may do there, as `registry-jobs
 * doctor` does. Reads only, and takes no lock of migrations. What fails is in the report, the rest is looked at all the same: `status` is
 * `problems` where something would stop `migrate`. No password is in it.
 *
 * @throws nothing on purpose
 */
export async function doctor(options: DoctorOptions): Promise<DoctorReport> {
  // Loaded only here: an application that is well never needs it.
  const { doctor: look } = await import('./jobs/doctor.ts');
  const { settings, error, raw } = readSettings(options);
  const report = await look({
    settings,
    settingsError: error,
    server: knownServer(raw),
    origins: settingOrigins(raw, settings),
    ...(options.folder !== undefined && {
      folder: { path: path.resolve(options.folder), shownAs: options.folder },
    }),
  });
  return redactDeep(report, [raw?.password?.value]);
}

function readSettings({ database, environment }: DoctorOptions): {
  readonly settings?: PostgresSettings;
  readonly error?: unknown;
  readonly raw: RawSettings | undefined;
} {
  let raw: RawSettings | undefined;
  try {
    raw = rawSettingsOf(database);
    return { settings: parseSettings(raw, contextOf(database, environment)), raw };
  } catch (error) {
    return { error, raw };
  }
}

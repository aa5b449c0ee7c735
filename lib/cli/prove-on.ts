import { readdir } from 'node:fs/promises';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { OnDatabase } from '../postgres/prove/on-database.ts';
import { readEnvFile } from '../settings/env-file.ts';
import { fromVariables } from '../settings/environment.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import { fromEnvFile } from '../settings/other-names.ts';
import type { DatabaseSettings, RawSettings } from '../settings/settings.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import { formatBytes } from '../text/bytes.ts';
import { exactPlaceOf } from '../text/place.ts';
import type { Cli } from './database-command.ts';
import type { Io } from './io.ts';
import { confirm } from './migration-command.ts';
import { openSettings } from './settings.ts';

interface OnOptions {
  readonly on: string;
  readonly ledger?: string;
  readonly yes: boolean;
}

/**
 * Looks at the database whose copies are wanted, and asks where something speaks for it being a live one.
 *
 * @throws RegistryJobsError `live-database`, `no-copies`; UsageError `not-confirmed`
 */
export async function openOn(
  cli: Cli,
  { on: url, ledger, yes }: OnOptions,
  compiled: CompiledMigrations,
): Promise<{ readonly on: OnDatabase; readonly ledger: LedgerName }> {
  const { io, secrets } = cli;
  const asked = {
    env: 'development',
    databaseUrl: url,
    urlOption: '--on',
    ...(ledger !== undefined && { ledger }),
  };
  const { settings: any } = await openSettings(asked, 'migrate', io);
  const settings = postgresOnly(any, 'It is copied on its server');
  secrets.add(settings);
  const { lookAtDatabase } = await import('../jobs/prove.ts');
  const on = await lookAtDatabase(settings.database, compiled, settings.ledger);
  const named = await namedBy(io, settings.database);
  const signs = [...(named.length > 0 ? [`${named.join(' and ')} names it`] : []), ...on.signs];
  if (signs.length > 0) {
    const place = exactPlaceOf(on.database);
    const what = `It is not changed: it is copied on its server (${formatBytes(on.bytes)}), and nobody can connect to it meanwhile.`;
    await confirm(
      cli,
      yes,
      `${place} may be a live one, or more than is meant: ${signs.join('; ')}. ${what}`,
    );
  }
  return { on, ledger: settings.ledger };
}

/** What in this folder and environment names the same database. Nothing is asked over the network for it. */
async function namedBy(io: Pick<Io, 'folder' | 'env'>, database: DatabaseSettings): Promise<string[]> {
  const names = (await readdir(io.folder)).filter((name) => /^\.env(\.|$)/.test(name));
  const found: string[] = [];
  for (const name of names.sort()) {
    const file = await readEnvFile(io.folder, name.replace(/^\.env\.?/, '') || 'development').catch(
      () => undefined,
    );
    if (
      file &&
      isSame(
        rawOf(() => fromEnvFile(file).raw),
        database,
      )
    )
      found.push(file.name);
  }
  if (
    isSame(
      rawOf(() => fromVariables(io.env)),
      database,
    )
  )
    found.push('the environment (DATABASE_URL, PGHOST)');
  return [...new Set(found)];
}

/** What is wrong there is not for this command to say. */
function rawOf(read: () => RawSettings): RawSettings {
  try {
    return read();
  } catch {
    return {};
  }
}

function isSame(raw: RawSettings, { host, port, database }: DatabaseSettings): boolean {
  const here = (name: string) =>
    /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(name) ? 'localhost' : name.toLowerCase();
  return (
    raw.host !== undefined &&
    here(raw.host.value) === here(host) &&
    Number(raw.port?.value ?? 5432) === port &&
    raw.database?.value === database
  );
}

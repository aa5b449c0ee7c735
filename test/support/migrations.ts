import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileFolder } from '../../lib/jobs/compile.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { readDatabaseUrl } from '../../lib/settings/environment.ts';
import { parseAnySettings } from '../../lib/settings/parse.ts';
import type { PostgresSettings, Settings } from '../../lib/settings/settings.ts';
import { postgresOnly } from '../../lib/settings/sqlite.ts';

/** Writes files into a folder of their own, runs `work` with it, and removes it. */
export async function withFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'registry-jobs-test-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Compiles files as if they stood in a folder called `migrations`. */
export function compile(
  files: Readonly<Record<string, string | Uint8Array>>,
  settings?: Pick<Settings, 'database'>,
): Promise<CompiledMigrations> {
  return withFolder(files, (folder) => compileFolder(folder, 'migrations', {}, settings?.database));
}

/** Settings for a test database; a short lock timeout keeps the tests that wait for locks short. */
export function settingsFor(url: string, changes: { lockTimeoutMs?: number } = {}): PostgresSettings {
  return postgresOnly(anySettingsFor(url, changes), 'This test needs a server');
}

/** The same for whichever database the URL names. */
export function anySettingsFor(url: string, changes: { lockTimeoutMs?: number } = {}): Settings {
  const settings = parseAnySettings(readDatabaseUrl(url, 'the test'), {
    environment: 'test',
    nameOf: (key) => key,
    certificates: () => [],
    readFile: () => '',
    createToken: async () => '',
  });
  return { ...settings, migrations: { ...settings.migrations, lockTimeoutMs: changes.lockTimeoutMs ?? 100 } };
}

/** The error that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It should have been rejected.');
}

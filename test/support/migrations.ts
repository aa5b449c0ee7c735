import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileFolder } from '../../lib/jobs/compile.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { readDatabaseUrl } from '../../lib/settings/environment.ts';
import { parseSettings } from '../../lib/settings/parse.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';

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
export function compile(files: Readonly<Record<string, string | Uint8Array>>): Promise<CompiledMigrations> {
  return withFolder(files, (folder) => compileFolder(folder, 'migrations'));
}

/** Settings for a test database; a short lock timeout keeps the tests that wait for locks short. */
export function settingsFor(url: string, changes: { lockTimeoutMs?: number } = {}): PostgresSettings {
  const settings = parseSettings(readDatabaseUrl(url, 'the test'), {
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

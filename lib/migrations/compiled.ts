import { readFile } from 'node:fs/promises';
import { RegistryJobsError } from '../errors/error.ts';
import type { Migration } from './migration.ts';
import type { Script, ScriptWarning } from './script/statement.ts';

/** Raised when a reader of an older format would misread the file. */
export const FORMAT_VERSION = 5;

/** A folder of migrations after parsing, as it is stored in `migrations.json` of the deployed bundle. */
export interface CompiledMigrations {
  readonly formatVersion: number;
  /** The folder the files came from, as they are named in reports. */
  readonly folder: string;
  /** What database the files are for. @default - Postgres */
  readonly dialect?: 'sqlite';
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
  /** What there is to know of the folder itself: what is in it and was not looked at. */
  readonly warnings?: readonly ScriptWarning[];
}

/**
 * Reads what `compileFolder` made. Needs no parser, so a Lambda starts fast.
 *
 * @throws RegistryJobsError `bad-bundle` when the file cannot be read, is cut off or damaged, or is of another format version.
 */
export async function readCompiled(file: URL | string): Promise<CompiledMigrations> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const isRead = cause instanceof SyntaxError;
    throw badBundle(isRead ? 'are cut off or damaged: they are no JSON' : 'cannot be read', cause);
  }
  return checkCompiled(data);
}

/**
 * Tells what `compileFolder` of this version made from anything else that was stored as JSON.
 *
 * @throws RegistryJobsError `bad-bundle` when it is of another format version, or something is missing in it.
 */
export function checkCompiled(data: unknown): CompiledMigrations {
  const compiled = data as Partial<CompiledMigrations> | null;
  if (compiled?.formatVersion !== FORMAT_VERSION) throw badBundle('are of another version of registry-jobs');
  if (typeof compiled.folder === 'string' && Array.isArray(compiled.migrations)) {
    if (compiled.migrations.every(isMigration)) return compiled as CompiledMigrations;
  }
  throw badBundle('are damaged: something is missing in them');
}

function badBundle(what: string, cause?: unknown): RegistryJobsError {
  return new RegistryJobsError('bad-bundle', `The compiled migrations ${what}.`, {
    hint: 'Build and deploy the bundle again.',
    ...(cause !== undefined && { cause }),
  });
}

function isMigration(data: unknown): boolean {
  const { version, title, style, up, down } = (data ?? {}) as Partial<Migration>;
  const isNamed = [version, title, style].every((text) => typeof text === 'string');
  return isNamed && isScript(up) && (down === undefined || isScript(down));
}

function isScript(data: unknown): boolean {
  const { file, text, checksum, statements, directives, expectations } = (data ?? {}) as Partial<Script>;
  return (
    [file, text, checksum].every((value) => typeof value === 'string') &&
    typeof directives === 'object' &&
    [statements, expectations].every((list) => Array.isArray(list))
  );
}

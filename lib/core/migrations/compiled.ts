import { readFile } from 'node:fs/promises';
import { RegistryJobsError } from '../errors.ts';
import type { Migration } from './migration.ts';

/** Raised when a reader of an older format would misread the file. */
export const FORMAT_VERSION = 3;

/** A folder of migrations after parsing, as it is stored in `migrations.json` of the deployed bundle. */
export interface CompiledMigrations {
  readonly formatVersion: number;
  /** The folder the files came from, as they are named in reports. */
  readonly folder: string;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
}

/**
 * Reads what {@link compileFolder} made. Needs no parser, so a Lambda starts fast.
 *
 * @throws RegistryJobsError `bad-bundle` when the file is not one of ours, or of another format version.
 */
export async function readCompiled(file: URL | string): Promise<CompiledMigrations> {
  return checkCompiled(JSON.parse(await readFile(file, 'utf8')));
}

/** Tells what {@link compileFolder} of this version made from anything else that was stored as JSON. */
export function checkCompiled(data: unknown): CompiledMigrations {
  const compiled = data as Partial<CompiledMigrations> | null;
  if (compiled?.formatVersion === FORMAT_VERSION && Array.isArray(compiled.migrations))
    return compiled as CompiledMigrations;
  throw new RegistryJobsError(
    'bad-bundle',
    'The compiled migrations are of another version of registry-jobs.',
    { hint: 'Build and deploy the bundle again.' },
  );
}

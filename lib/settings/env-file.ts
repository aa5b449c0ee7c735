import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { type EnvFault, findEnvFaults } from './env-faults.ts';

/** A `.env.<environment>` file, read. */
export interface EnvFile {
  /** The name to show: `.env.test`. */
  readonly name: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Lines whose quotes do not fit. */
  readonly faults?: readonly EnvFault[];
}

/**
 * Reads `.env.<environment>` of a folder; `undefined` when there is none. For development a plain `.env` will do, which is what most
 * applications have.
 */
export async function readEnvFile(folder: string, environment: string): Promise<EnvFile | undefined> {
  const names = [`.env.${environment}`, ...(environment === 'development' ? ['.env'] : [])];
  const name = names.find((one) => existsSync(path.join(folder, one)));
  if (name === undefined) return undefined;
  const text = (await readFile(path.join(folder, name), 'utf8')).replace(/^\uFEFF/, '');
  const faults = findEnvFaults(text);
  return { name, variables: parseEnv(text), ...(faults.length > 0 && { faults }) };
}

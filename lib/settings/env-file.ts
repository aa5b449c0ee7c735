import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';

/** A `.env.<environment>` file, read. */
export interface EnvFile {
  /** The name to show: `.env.test`. */
  readonly name: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Reads `.env.<environment>` of a folder; `undefined` when there is none. */
export async function readEnvFile(folder: string, environment: string): Promise<EnvFile | undefined> {
  const name = `.env.${environment}`;
  const file = path.join(folder, name);
  if (!existsSync(file)) return undefined;
  return { name, variables: parseEnv(await readFile(file, 'utf8')) };
}

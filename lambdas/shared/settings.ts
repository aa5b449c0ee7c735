import { readFileSync } from 'node:fs';
import { bundleFiles, environmentVariables } from '../../lib/contract.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import { fromVariables } from '../../lib/settings/environment.ts';
import { createIamToken } from '../../lib/settings/iam-token.ts';
import { mergeLayers } from '../../lib/settings/layers.ts';
import { parameterName } from '../../lib/settings/parameter-name.ts';
import { readParameters } from '../../lib/settings/parameter-store.ts';
import { parseSettings } from '../../lib/settings/parse.ts';
import type { PostgresSettings, RawSettings } from '../../lib/settings/settings.ts';
import { readSecret } from './secret.ts';

/** A warm function reads its parameters again after this, so that a changed setting needs no deploy. */
const FRESH_MS = 5 * 60_000;

let cached: { readonly settings: PostgresSettings; readonly readAt: number } | undefined;

/**
 * Runs a job with the settings of this function's parameter path. When the database refuses the password that
 * was remembered, it may have been rotated since: it is read again, once.
 */
export async function withSettings<T>(work: (settings: PostgresSettings) => Promise<T>): Promise<T> {
  const known = cached && Date.now() - cached.readAt < FRESH_MS ? cached.settings : undefined;
  if (!known) return work(await read());
  try {
    return await work(known);
  } catch (error) {
    if (!(error instanceof RegistryJobsError) || error.code !== 'connect-denied') throw error;
    return work(await read());
  }
}

async function read(): Promise<PostgresSettings> {
  const path = requireVariable(environmentVariables.parameterPath);
  const settings = await readSettings(path, process.env[environmentVariables.secret]);
  cached = { settings, readAt: Date.now() };
  return settings;
}

/**
 * Reads and parses what is below one path, whoever's it is, and what a secret adds to it. Either may be partial; a parameter
 * counts before the secret, since it is what somebody set for this job: the address of a proxy, for example.
 *
 * @throws RegistryJobsError `parameters-...`, `secret-...`, `not-configured`; UsageError `invalid-settings`
 */
export async function readSettings(path: string, secretArn?: string): Promise<PostgresSettings> {
  const [parameters, secret] = await Promise.all([
    secretArn ? readParameters(path).catch(nothingIfMissing) : readParameters(path),
    secretArn ? readSecret(secretArn) : {},
  ]);
  const source = { ...secret, ...parameters };
  return parseSettings(mergeLayers({ flags: {}, environment: fromVariables(process.env), source }), {
    environment: requireVariable(environmentVariables.environment),
    nameOf: (key) => parameterName(path, key),
    certificates: () => [readFileSync(new URL(bundleFiles.certificates, import.meta.url), 'utf8')],
    readFile: (file) => readFileSync(file, 'utf8'),
    createToken: createIamToken,
  });
}

function nothingIfMissing(error: unknown): RawSettings {
  if (error instanceof RegistryJobsError && error.code === 'parameters-missing') return {};
  throw error;
}

/** @throws RegistryJobsError `not-configured` */
export function requireVariable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new RegistryJobsError('not-configured', `The environment variable ${name} is not set.`, {
    hint: 'The stack sets it on the function; deploy again.',
  });
}

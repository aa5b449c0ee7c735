import type { ErrorCode } from '../../lib/errors/catalogue.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import type { RawSettings, SettingKey } from '../../lib/settings/settings.ts';

/** What RDS, and CDK's DatabaseSecret, call our settings. The rest (engine, instance) is not ours. */
const keys: Readonly<Record<string, SettingKey>> = {
  host: 'host',
  port: 'port',
  dbname: 'database',
  username: 'user',
  password: 'password',
};

/**
 * Reads the settings that a secret of Secrets Manager holds, as JSON. Values become the text that they are: RDS writes the port
 * as a number.
 *
 * @throws RegistryJobsError `secret-denied`, `secret-missing`, `secret-invalid` or `secret-failed`; never with what is in it
 */
export async function readSecret(arn: string): Promise<RawSettings> {
  const values = parse(await fetch(arn), arn);
  const raw: RawSettings = {};
  for (const [name, key] of Object.entries(keys)) {
    const value = values[name];
    // RDS leaves out the name of a database that it was not told, and others may write an empty one.
    if (value !== undefined && value !== null && value !== '')
      raw[key] = { value: String(value), name: `${name} in ${arn}` };
  }
  return raw;
}

async function fetch(arn: string): Promise<string | undefined> {
  try {
    // Only here: most functions have no secret, and no such file.
    const { fetchSecret } = await import('./fetch-secret.ts');
    return await fetchSecret(arn);
  } catch (error) {
    const { name = '', message = String(error) } = error instanceof Error ? error : {};
    throw new RegistryJobsError(codeOf(name), `Secrets Manager did not give ${arn}: ${name} ${message}`, {
      hint: hintOf(name, arn),
      cause: error,
    });
  }
}

function codeOf(name: string): ErrorCode {
  if (name === 'AccessDeniedException' || name === 'DecryptionFailure') return 'secret-denied';
  return name === 'ResourceNotFoundException' ? 'secret-missing' : 'secret-failed';
}

function hintOf(name: string, arn: string): string {
  if (codeOf(name) === 'secret-denied')
    return 'Let the role of this function call secretsmanager:GetSecretValue on it, and kms:Decrypt on its key; the `secret` of the construct does.';
  return `Look at it: aws secretsmanager describe-secret --secret-id ${arn}`;
}

/** The parser's own message would quote the text, and with it the password. */
function parse(text: string | undefined, arn: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new RegistryJobsError('secret-invalid', `The secret ${arn} is not a JSON object.`, {
    hint: 'Write it as RDS does: {"host":"...","port":5432,"dbname":"...","username":"...","password":"..."}',
  });
}

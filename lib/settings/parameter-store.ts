import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type Parameter,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { parameterNames } from '../contract.ts';
import { RegistryJobsError, UsageError } from '../errors/error.ts';
import type { RawSettings, SettingKey } from './settings.ts';

/**
 * Reads every parameter below a path, decrypted, page by page. Values stay the text they are: a password of
 * digits is not a number (middy's own ssm middleware would parse it as JSON).
 *
 * @throws RegistryJobsError `parameters-no-access`, `-denied`, `-missing` or `-failed`
 */
export async function readParameters(path: string): Promise<RawSettings> {
  const parameters = await fetchAll(path);
  if (parameters.length === 0) {
    throw new RegistryJobsError('parameters-missing', `Parameter Store has nothing below ${path}/.`, {
      hint: `Create ${Object.values(parameterNames).slice(0, 5).join(', ')} below it; docs/reference/settings.md lists all.`,
    });
  }
  const keyOf = new Map(
    Object.entries(parameterNames).map(([key, name]) => [`${path}/${name}`, key as SettingKey]),
  );
  const raw: RawSettings = {};
  for (const { Name: name = '', Value: value = '' } of parameters) {
    const key = keyOf.get(name);
    if (/^\s*sqlite3?:/i.test(value)) throw noFile(name);
    if (key) raw[key] = { value, name };
  }
  return raw;
}

/** What reads its settings there is a function, which has no file that stays, or would work on that of somebody else's machine. */
function noFile(name: string): RegistryJobsError {
  return new UsageError(
    'not-for-sqlite',
    `${name} names a SQLite database, and settings of Parameter Store are of a server.`,
    { hint: 'Name the file where it is: registry-jobs status --database-url sqlite:./index.db' },
  );
}

/**
 * Reads one parameter that is no secret.
 *
 * @param name or the ARN, where it is another account's
 * @returns undefined where there is none
 * @throws RegistryJobsError `parameters-no-access`, `-denied` or `-failed`
 */
export async function readParameter(name: string): Promise<string | undefined> {
  try {
    const { Parameter: found } = await withClient((client) =>
      client.send(new GetParameterCommand({ Name: name })),
    );
    return found?.Value;
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw explain(error, name, 'ssm:GetParameter');
  }
}

/** With a client of its own, made of the settings of AWS as they are now: a script may go from one account to the next. */
async function withClient<T>(use: (client: SSMClient) => Promise<T>): Promise<T> {
  const client = new SSMClient();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

async function fetchAll(path: string): Promise<Parameter[]> {
  const asked = { Path: path, Recursive: true, WithDecryption: true };
  try {
    return await withClient(async (client) => {
      const found: Parameter[] = [];
      let next: string | undefined;
      do {
        const page = await client.send(
          new GetParametersByPathCommand({ ...asked, ...(next && { NextToken: next }) }),
        );
        found.push(...(page.Parameters ?? []));
        next = page.NextToken;
      } while (next);
      return found;
    });
  } catch (error) {
    throw explain(error, path);
  }
}

function explain(error: unknown, path: string, action = 'ssm:GetParametersByPath'): RegistryJobsError {
  const name = error instanceof Error ? error.name : '';
  const message = error instanceof Error ? error.message : String(error);
  if (name === 'CredentialsProviderError' || /region is missing/i.test(message)) {
    return new RegistryJobsError(
      'parameters-no-access',
      `There is no access to AWS to read ${path}: ${message}`,
      {
        hint: 'Log in, and set AWS_REGION; for an environment that is not on AWS, create its .env file.',
        cause: error,
      },
    );
  }
  if (name === 'AccessDeniedException') {
    return new RegistryJobsError('parameters-denied', `Parameter Store refused to read ${path}: ${message}`, {
      hint: `Allow ${action} on parameter${path}, and kms:Decrypt on the key of its SecureStrings.`,
      cause: error,
    });
  }
  return new RegistryJobsError(
    'parameters-failed',
    `Parameter Store did not answer for ${path}: ${name} ${message}`,
    {
      hint: 'Try again; inside a VPC, check the interface endpoint for ssm.',
      cause: error,
    },
  );
}

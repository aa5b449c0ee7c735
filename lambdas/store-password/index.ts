import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { RegistryJobsError, renderError, toErrorReport } from '../../lib/errors/error.ts';
import { redact } from '../../lib/secrets/redact.ts';
import { fitMessage } from '../shared/fit-message.ts';
import { patiently } from '../shared/patience.ts';

/** What the template asks for: names only, which is all that CloudFormation ever sees. */
interface Properties {
  /** The secret in Secrets Manager that is the password, as plain text. */
  readonly SecretArn: string;
  /** The parameter that gets it. */
  readonly ParameterName: string;
  /** The key that encrypts the parameter; without one, the account's `alias/aws/ssm`. */
  readonly KeyArn?: string;
}

type Event = CloudFormationCustomResourceEvent<Properties>;

/** What CloudFormation is told. Nothing of the password is in it, so no `Fn::GetAtt` can ask for it. */
interface Outcome {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
}

const secrets = new SecretsManagerClient();
const parameters = new SSMClient();

/**
 * A custom resource of CloudFormation: copies a generated password into Parameter Store, as a SecureString. It is written when the
 * resource is made or changed. Deleting the resource leaves the parameter, because the database is left as well.
 */
export async function handler(event: Event, context: Context): Promise<void> {
  const outcome = await carryOut(event, Date.now() + context.getRemainingTimeInMillis());
  console.log({ request: event.RequestType, parameter: event.ResourceProperties.ParameterName, ...outcome });
  await answer(event, outcome);
}

async function carryOut({ RequestType, ResourceProperties }: Event, deadline: number): Promise<Outcome> {
  if (RequestType === 'Delete') return { Status: 'SUCCESS' };
  try {
    // A role that was made a moment ago may have its rights only in a few seconds.
    await patiently(
      () => copy(ResourceProperties),
      deadline,
      ({ message }, waitMs) => console.log({ message, waitMs }),
    );
    return { Status: 'SUCCESS' };
  } catch (error) {
    return { Status: 'FAILED', Reason: fitMessage(renderError(toErrorReport(error))) };
  }
}

async function copy({ SecretArn, ParameterName, KeyArn }: Properties): Promise<void> {
  let password: string | undefined;
  try {
    password = (await secrets.send(new GetSecretValueCommand({ SecretId: SecretArn }))).SecretString;
    await parameters.send(
      new PutParameterCommand({
        Name: ParameterName,
        Value: password,
        Type: 'SecureString',
        Overwrite: true,
        ...(KeyArn && { KeyId: KeyArn }),
      }),
    );
  } catch (error) {
    const { name, message } = error as Error;
    throw new RegistryJobsError(
      'password-not-stored',
      redact(`${ParameterName} was not written: ${name} ${message}`, [password]),
      { hint: 'Check what the role of this function may do with the secret, the parameter and the key.' },
    );
  }
}

/** Fails when CloudFormation does not hear it; Lambda then runs the whole again, twice. */
async function answer(event: Event, outcome: Outcome): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const PhysicalResourceId =
    event.RequestType === 'Delete' ? event.PhysicalResourceId : event.ResourceProperties.ParameterName;
  const document = { ...outcome, PhysicalResourceId, StackId, RequestId, LogicalResourceId };
  // As bytes: a text would get a content type, and the URL is signed for a request without one.
  const body = Buffer.from(JSON.stringify(document));
  const response = await fetch(event.ResponseURL, { method: 'PUT', body });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
}

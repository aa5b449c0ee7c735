import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Who may log in to the database with a token of IAM. */
export interface IamLogin {
  /**
   * The resource id of the instance (`db-...`), the Aurora cluster (`cluster-...`) or the proxy (`prx-...`); its
   * identifier could be given to another one later.
   */
  readonly resourceId: string;
  /** The database user, as in `db/user`. */
  readonly user: string;
}

/**
 * Lets a job read the parameters below its own path and no others. Parameter Store checks the path as it was
 * asked for, so this one ARN covers all levels below it; `path/*` would only add the right to ask for parts.
 *
 * @param whose names the statements; a role has each name once
 */
export function grantParameters(role: Role, path: string, key: IKey | undefined, whose = 'Own'): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: `Read${whose}Parameters`,
      actions: ['ssm:GetParametersByPath'],
      resources: [parameterArn(role, path)],
    }),
  );
  if (key === undefined) return;
  role.addToPolicy(
    new PolicyStatement({
      sid: `Decrypt${whose}Parameters`,
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: {
        // Only through Parameter Store, and only for ciphertexts that it bound to one of this job's parameters.
        StringEquals: { 'kms:ViaService': `ssm.${Stack.of(role).region}.amazonaws.com` },
        StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parameterArn(role, `${path}/*`) },
      },
    }),
  );
}

/** Lets a job read one parameter that is no secret: what another environment has applied, or which plan was approved. */
export function grantParameter(role: Role, sid: 'ReadEvidence' | 'ReadApproval', arn: string): void {
  role.addToPolicy(new PolicyStatement({ sid, actions: ['ssm:GetParameter'], resources: [arn] }));
}

/**
 * Lets a job read one secret. Of a secret that is named without the six characters which Secrets Manager adds, any six may
 * follow, as its own documentation has it.
 */
export function grantSecret(role: Role, secret: ISecret): void {
  const arn = secretArnOf(secret);
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReadOwnSecret',
      actions: ['secretsmanager:GetSecretValue'],
      resources: [arn],
    }),
  );
  const key = secret.encryptionKey;
  if (!key) return;
  role.addToPolicy(
    new PolicyStatement({
      sid: 'DecryptOwnSecret',
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: {
        // Only through Secrets Manager, and only for ciphertexts that it bound to this secret.
        StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(role).region}.amazonaws.com` },
        StringLike: { 'kms:EncryptionContext:SecretARN': arn },
      },
    }),
  );
}

/** The ARN of a secret as policies want it. */
export function secretArnOf(secret: ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}

/** Lets a job open sessions as this user of this database, with a token instead of a password. */
export function grantDatabaseLogin(role: Role, { resourceId, user }: IamLogin): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: 'LogInAsOwnUser',
      actions: ['rds-db:connect'],
      resources: [
        Stack.of(role).formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          resourceName: `${resourceId}/${user}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
  );
}

/** The ARN of a parameter or of a path; the name's leading slash is part of `parameter/`. */
export function parameterArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
}

/**
 * Lets the Lambda service, and not the code, attach the function to its subnets. EC2 knows the interface's ARN
 * only after it was made, hence `*`; inside a running function every call carries `lambda:SourceFunctionArn`, and those are denied.
 */
export function grantNetworkInterfaces(role: Role): void {
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  role.addToPolicy(new PolicyStatement({ sid: 'AttachToSubnets', actions, resources: ['*'] }));
  role.addToPolicy(
    new PolicyStatement({
      sid: 'NotFromTheCode',
      effect: Effect.DENY,
      actions,
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'Lambda needs these six EC2 actions to attach the function to its subnets, and EC2 offers no narrower resource ' +
      'for them. The next statement denies them to the function code itself.',
  });
}

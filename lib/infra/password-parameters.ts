import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { stageJobCode } from './job-code.ts';
import { parameterArn } from './job-permissions.ts';
import type { JobProps } from './job-props.ts';

/** As the jobs have them. The key encrypts the parameters. */
export type PasswordParametersProps = Pick<
  JobProps,
  'certificates' | 'codeFolder' | 'parameterKey' | 'logRetention' | 'logRemovalPolicy'
>;

/** A password that was generated in AWS. */
export interface GeneratedPassword {
  /** For properties that take a reference to a secret, such as the master password of RDS. */
  readonly secret: Secret;
  /** There as soon as the parameter has the password. */
  readonly parameter: CustomResource;
}

/**
 * Generates passwords and keeps them in Parameter Store, as SecureStrings. CloudFormation can make neither, so Secrets Manager
 * generates, and a function copies. Template, events and answers carry names only.
 *
 * The function is outside of the VPC, whose subnets reach neither Secrets Manager nor CloudFormation.
 *
 * @example
 * const passwords = new PasswordParameters(stack, 'Passwords', {});
 * const { parameter } = passwords.generate('Refresher', '/shop/statistics/db/password');
 */
export class PasswordParameters extends Construct {
  private readonly role: Role;
  private readonly function: LambdaFunction;
  private readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, props: PasswordParametersProps) {
    super(scope, id);
    this.key = props.parameterKey;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'registry-jobs: copies generated passwords into Parameter Store',
    });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      description: 'Copies generated passwords into Parameter Store',
      code: stageJobCode(this, 'store-password', props),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(2),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': 'CloudFormation waits for its answer, and fails the deploy without one.',
      'Serverless-LambdaTracing': 'It runs once, when the database is made.',
    });
  }

  /** Generates one, of 40 letters and digits, which need no quoting anywhere, and has it written to a parameter. */
  generate(id: string, parameterName: string): GeneratedPassword {
    const secret = new Secret(this, id, {
      description: `What ${parameterName} begins with`,
      generateSecretString: { excludePunctuation: true, passwordLength: 40 },
    });
    acknowledge(secret, {
      'AwsSolutions-SMG4':
        'A rotation by itself would change neither the database nor the parameter. How to rotate: docs/guides/aws.md.',
    });
    this.grant(secret, parameterArn(this, parameterName));
    const parameter = new CustomResource(this, `${id}Parameter`, {
      resourceType: 'Custom::PasswordParameter',
      serviceToken: this.function.functionArn,
      // Longer than the function and its two repetitions; the default is an hour.
      serviceTimeout: Duration.minutes(10),
      properties: {
        SecretArn: secret.secretArn,
        ParameterName: parameterName,
        ...(this.key && { KeyArn: this.key.keyArn }),
      },
    });
    parameter.node.addDependency(this.role);
    return { secret, parameter };
  }

  private grant(secret: Secret, parameter: string): void {
    const allow = (action: string, resource: string, conditions?: Record<string, object>) =>
      this.role.addToPolicy(
        new PolicyStatement({ actions: [action], resources: [resource], ...(conditions && { conditions }) }),
      );
    allow('secretsmanager:GetSecretValue', secret.secretArn);
    allow('ssm:PutParameter', parameter);
    if (!this.key) return;
    allow('kms:Encrypt', this.key.keyArn, {
      // Only through Parameter Store, and only for the value of this parameter.
      StringEquals: {
        'kms:ViaService': `ssm.${Stack.of(this).region}.amazonaws.com`,
        'kms:EncryptionContext:PARAMETER_ARN': parameter,
      },
    });
  }
}

import { entries } from './entry.ts';

/** Where to, and as whom: what is read before a session is opened. docs/reference/settings.md has every setting. */
export const settingsErrors = entries({
  'invalid-settings': {
    means:
      'Settings are missing, or have values that cannot be. All that is wrong is listed, each with the name it was set by.',
    remedy: 'Correct them where they are set.',
    example: 'error: The settings of test have 5 faults: [invalid-settings]',
  },
  'no-settings': {
    means: 'There is no `.env` file for this environment, and no `DATABASE_URL`.',
    remedy:
      'Create the file, set `DATABASE_URL`, or name the database: `npx registry-jobs status --database-url postgres://me@localhost/shop`.',
    example: 'error: There is no .env.development in /home/me/shop, and no DATABASE_URL. [no-settings]',
  },
  'not-configured': {
    means: 'A Lambda function lacks an environment variable that its stack sets.',
    remedy: 'Deploy the stack again: `npx cdk deploy -c env=staging`.',
    example: 'The environment variable REGISTRY_JOBS_PARAMETER_PATH is not set. [not-configured]',
  },
  'parameters-denied': {
    means: 'Parameter Store, or the key of its SecureStrings, refused to let us read the settings.',
    remedy: 'Allow `ssm:GetParametersByPath` on the path that is named, and `kms:Decrypt` on the key.',
  },
  'parameters-failed': {
    means: 'Parameter Store did not answer, or answered with an error that has no code of its own.',
    remedy: 'Try again; inside a VPC, check the interface endpoint for `ssm`.',
  },
  'parameters-missing': {
    means: 'Parameter Store has nothing below the path of this environment.',
    remedy: 'Create `db/host`, `db/port`, `db/name`, `db/user` and `db/password` below it.',
    example: 'error: Parameter Store has nothing below /registry/staging/migrate/. [parameters-missing]',
  },
  'parameters-no-access': {
    means: 'There are no credentials, or there is no region, to ask AWS for the settings with.',
    remedy:
      'Log in, and set `AWS_REGION`; for an environment that is not on AWS, create its `.env` file. Who you are to AWS: `aws sts get-caller-identity`.',
    example:
      'error: There is no access to AWS to read /registry/staging/migrate: Region is missing [parameters-no-access]',
  },
  'secret-denied': {
    means: 'Secrets Manager, or the key of the secret, refused to give it to the function.',
    remedy:
      'Let the role of the function call `secretsmanager:GetSecretValue` on it, and `kms:Decrypt` on its key; the `secret` of the construct does.',
  },
  'secret-failed': {
    means: 'Secrets Manager did not answer, or answered with an error that has no code of its own.',
    remedy: 'Look at the secret: `aws secretsmanager describe-secret --secret-id ARN`.',
  },
  'secret-invalid': {
    means: 'The secret is not a JSON object. The message does not repeat what is in it.',
    remedy:
      'Write it as RDS does: `{"host":"...","port":5432,"dbname":"...","username":"...","password":"..."}`.',
    example:
      'The secret arn:aws:secretsmanager:eu-central-1:111111111111:secret:shop is not a JSON object. [secret-invalid]',
  },
  'secret-missing': {
    means: 'Secrets Manager has no secret of that ARN in this account and region.',
    remedy: 'Correct the `secret` of the construct, or look: `aws secretsmanager list-secrets`.',
  },
  'two-databases': {
    means:
      'Two places say which database is meant: an environment or a path of Parameter Store that was asked for by name, and a variable that happens to be set. Nothing was done.',
    remedy:
      'Take away the one that is not meant: unset the variable, or leave out `--env`. Then see which database it is: `npx registry-jobs status`.',
    example:
      'error: --env production and DATABASE_URL both say which database is meant; DATABASE_URL means shop on localhost as me. [two-databases]',
  },
});

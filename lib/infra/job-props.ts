import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { RemovalPolicy } from 'aws-cdk-lib/core';
import type { IamLogin } from './job-permissions.ts';

/** What every job can be told. */
export interface JobProps {
  /**
   * The name of the place, such as `staging`: part of every report, log line and metric. Two jobs of one kind in the same account
   * and region need two names.
   * @default - the name of the stack
   */
  readonly environment?: string;
  /**
   * The path in Parameter Store below which the job finds its settings, such as `db/host`. Begins with a slash, ends without.
   * @default - `/registry/<environment>/migrate` and `/registry/<environment>/refresh-statistics`
   */
  readonly parameterPath?: string;
  /**
   * The customer-managed key of the SecureString parameters.
   * @default - `alias/aws/ssm`, which needs no permission of ours
   */
  readonly parameterKey?: IKey;
  /**
   * A secret of Secrets Manager as RDS writes it, such as `database.secret`: JSON with host, port, dbname, username and password.
   * What Parameter Store says as well counts; each may be partial. The job logs in as the user of this secret.
   * @default - Parameter Store says everything
   */
  readonly secret?: ISecret;
  /**
   * Receives events that the function could not handle.
   * @default - a queue is made, encrypted and kept for 14 days
   */
  readonly deadLetterQueue?: IQueue;
  /**
   * Lets the function log in by RDS IAM authentication. It does so once its `db/auth` in Parameter Store says `iam`. A
   * database that CDK makes has `grantConnect`, which does the same: `database.grantConnect(migrations.job.role, 'migrator')`.
   * @default - by password only
   */
  readonly iamLogin?: IamLogin;
  /**
   * Memory in MB; Lambda gives CPU in proportion, and the work itself happens in Postgres.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * How long log lines are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * What happens to the logs when the stack is removed.
   * @default RemovalPolicy.RETAIN
   */
  readonly logRemovalPolicy?: RemovalPolicy;
  /**
   * A file of certificate authorities in PEM, absolute or relative to the folder of `cdk.json`, or its text: what the database's
   * server is checked against, and nothing else. For regions that are not known here, and for databases that are not on RDS.
   * @default - the authorities of RDS in the region of the stack, and those of RDS Proxy
   */
  readonly certificates?: string;
  /**
   * A folder with another build of the function's code, `index.mjs`.
   * @default - the code that comes with the package
   */
  readonly codeFolder?: string;
}

import type { InstanceType } from 'aws-cdk-lib/aws-ec2';

/** How large a database is that is made here, and what it logs. */
export interface DatabaseOptions {
  /**
   * Class and size of the instance.
   * @default - db.t4g.micro
   */
  readonly instanceType?: InstanceType;
  /**
   * The storage that it begins with, in GB.
   * @default 20
   */
  readonly allocatedStorage?: number;
  /**
   * How far its storage may grow by itself, in GB.
   * @default 100
   */
  readonly maxAllocatedStorage?: number;
  /**
   * Logs that go to CloudWatch as well, `postgresql` or `upgrade`, into groups that end like those of the functions. Postgres
   * writes the statements that fail into the first.
   * @default - none; RDS keeps them for some days
   */
  readonly logExports?: readonly ('postgresql' | 'upgrade')[];
}

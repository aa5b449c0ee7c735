import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { MigrateOnDeploy } from './migrate-on-deploy.ts';
import type { ScheduledStatistics } from './scheduled-statistics.ts';

export interface JobAlarmsProps {
  /**
   * The migrations to watch.
   * @default - none
   */
  readonly migrations?: MigrateOnDeploy;
  /**
   * The statistics to watch.
   * @default - none
   */
  readonly statistics?: ScheduledStatistics;
  /**
   * Identifier of the RDS instance whose storage is watched.
   * @default - none is
   */
  readonly databaseInstanceId?: string;
  /**
   * How little free storage of the database is too little, in GB.
   * @default 2
   */
  readonly freeStorageGb?: number;
  /**
   * Whom to tell when an alarm starts and when it ends.
   * @default - nobody; the alarm only changes its state
   */
  readonly action?: IAlarmAction;
  /**
   * Hours without a finished refresh that are too many.
   * @default 3
   */
  readonly refreshMissingHours?: number;
  /**
   * The share of a function's timeout that is too long for one run.
   * @default 0.8
   */
  readonly durationShare?: number;
}

import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Duration, Stack, TimeZone } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { statisticsTasks } from '../contract.ts';
import { JobFunction, type JobProps } from './job-function.ts';

export interface ScheduledStatisticsProps extends JobProps {
  /**
   * How long one refresh of all statistics may take.
   * @default Duration.minutes(14)
   */
  readonly timeout?: Duration;
  /**
   * How often the statistics are refreshed; `false` leaves the function without a schedule.
   * @default Duration.hours(1)
   */
  readonly every?: Duration | false;
  /**
   * How much later than its time a run may start, so that environments do not all hit at the same moment.
   * @default Duration.minutes(5)
   */
  readonly window?: Duration;
  /**
   * The hour of the night, in UTC, in which the statistics are compared with a full recomputation; `false` for never.
   * @default 3
   */
  readonly auditHour?: number | false;
}

/**
 * Refreshes the statistics on a schedule. Deliveries may double and runs may overlap: the statistics functions guard
 * themselves in the database, so neither does harm.
 */
export class ScheduledStatistics extends Construct {
  readonly job: JobFunction;
  /** Absent when nothing is scheduled. */
  readonly schedule?: Schedule;
  /** Absent when nothing is audited. */
  readonly auditSchedule?: Schedule;

  constructor(scope: Construct, id: string, props: ScheduledStatisticsProps) {
    super(scope, id);
    this.job = new JobFunction(this, 'Job', {
      ...props,
      job: 'refresh-statistics',
      description: 'Refreshes the statistics that are out of date',
      timeout: props.timeout ?? Duration.minutes(14),
      // Once more after a failover; after that the next hour is a better time.
      retryAttempts: 1,
    });
    const role = this.createRole(props).withoutPolicyUpdates();
    if (props.every !== false) {
      this.schedule = new Schedule(this, 'Schedule', {
        description: `Refreshes the statistics of ${props.environment}`,
        schedule: ScheduleExpression.rate(props.every ?? Duration.hours(1)),
        timeWindow: TimeWindow.flexible(props.window ?? Duration.minutes(5)),
        target: this.target(props, role),
      });
    }
    if (props.auditHour === false) return;
    this.auditSchedule = new Schedule(this, 'AuditSchedule', {
      description: `Compares the statistics of ${props.environment} with a full recomputation`,
      schedule: ScheduleExpression.cron({
        hour: String(props.auditHour ?? 3),
        minute: '0',
        timeZone: TimeZone.ETC_UTC,
      }),
      timeWindow: TimeWindow.flexible(Duration.minutes(30)),
      target: this.target(props, role, ScheduleTargetInput.fromObject({ task: statisticsTasks.audit })),
    });
  }

  private target(props: ScheduledStatisticsProps, role: IRole, input?: ScheduleTargetInput): LambdaInvoke {
    return new LambdaInvoke(this.job.function, {
      // These cover the delivery; what the function does with it follows its own settings.
      retryAttempts: 3,
      maxEventAge: Duration.minutes(30),
      deadLetterQueue: props.deadLetters,
      // As it is: CDK would add the right to invoke every version and alias of the function.
      role,
      ...(input && { input }),
    });
  }

  /** May start this function and report a failure to this queue, on behalf of this account's default schedules only. */
  private createRole(props: ScheduledStatisticsProps) {
    const stack = Stack.of(this);
    return new Role(this, 'ScheduleRole', {
      description: `Starts registry-jobs refresh-statistics in ${props.environment}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
            }),
          },
        },
      }),
      inlinePolicies: {
        Deliver: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: [this.job.function.functionArn],
            }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.deadLetters.queueArn] }),
          ],
        }),
      },
    });
  }
}

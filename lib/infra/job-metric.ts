import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { type JobName, metricDimensions, metrics } from '../contract.ts';

/** Something that a job counts in its runs, summed up over a period. */
export function jobMetric(
  environment: string,
  job: JobName,
  metricName: string,
  period: Duration = Duration.hours(1),
): Metric {
  return new Metric({
    namespace: metrics.namespace,
    metricName,
    dimensionsMap: metricDimensions(environment, job),
    statistic: 'Sum',
    period,
  });
}

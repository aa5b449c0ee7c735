import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { metricDimensions, metrics } from '../contract.ts';
import type { JobFunction } from './job-function.ts';

export interface JobMetricOptions {
  /** @default 1 hour */
  readonly period?: Duration;
  /** @default 'Sum' */
  readonly statistic?: 'Sum' | 'Maximum';
  /**
   * The statistics function whose metric it is.
   * @default - all of them
   */
  readonly of?: string;
}

/** Something that a job measures in its runs. */
export function jobMetric(
  { environment, job }: JobFunction,
  metricName: string,
  { period = Duration.hours(1), statistic = 'Sum', of }: JobMetricOptions = {},
): Metric {
  return new Metric({
    namespace: metrics.namespace,
    metricName,
    dimensionsMap: metricDimensions(environment, job, of),
    statistic,
    period,
  });
}

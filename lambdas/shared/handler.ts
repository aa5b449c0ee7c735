import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context, Handler } from 'aws-lambda';
import {
  environmentVariables,
  type LambdaName,
  metricDimensions,
  metrics as names,
} from '../../lib/contract.ts';
import { renderError, toErrorReport, UsageError } from '../../lib/errors/error.ts';
import type { ErrorAnswer } from '../../lib/remote/answer.ts';
import { redact, redactDeep } from '../../lib/secrets/redact.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { fitMessage } from './fit-message.ts';
import { patiently } from './patience.ts';
import { withSettings } from './settings.ts';

/** What a job is given besides its settings. */
export interface JobTools {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** For what is measured about one statistics function; to be published by the caller. */
  readonly metricsOf: (statistic: string) => Metrics;
  /** When this invocation will be stopped, in milliseconds since the epoch. */
  readonly deadline: number;
  /** The function and the request, for the journal. */
  readonly who: string;
}

/** What a job has to say in the end. */
export interface JobResult<Report> {
  readonly report: Report;
  readonly text: string;
  readonly failed: boolean;
  /** What the log gets of it. @default the report */
  readonly logged?: Record<string, unknown>;
}

/** Thrown by a failed job, so that the invocation fails, and the deploy with it. */
class JobFailed extends Error {
  override readonly name = 'JobFailed';
  /** The stack would repeat the message, and both go into the deploy's event, which has room for neither twice. */
  override readonly stack = '';

  constructor(text: string) {
    super(fitMessage(text));
  }
}

/**
 * Makes a Lambda handler of a job: settings, structured logs, metrics, and a failure that is thrown with the
 * report's text. Secrets are masked in whatever leaves the function: log lines, the report and the error.
 *
 * @param isAsked whether an event is a question of somebody who waits: what keeps it from being answered is told at once, and as data
 */
export function createHandler<Report>(
  job: LambdaName,
  run: (settings: PostgresSettings, tools: JobTools, event: unknown) => Promise<JobResult<Report>>,
  isAsked: (event: unknown) => boolean = () => false,
): Handler<unknown, Report | ErrorAnswer> {
  const environment = process.env[environmentVariables.environment] ?? 'unknown';
  // Of this invocation and those before it: what is still on its way may hold a password that was changed since.
  const passwords = new Set<string>();
  const clean = (text: string) => redact(text, [...passwords]);
  const logger = new Logger({
    serviceName: names.service,
    persistentKeys: { environment, job },
    // Every text of every line passes here, the events and notices that a job logs too.
    jsonReplacerFn: (_key, value) => (typeof value === 'string' ? clean(value) : value),
  });
  const metricsOf = (statistic?: string) =>
    new Metrics({
      namespace: names.namespace,
      serviceName: names.service,
      defaultDimensions: metricDimensions(environment, job, statistic),
    });
  const metrics = metricsOf();
  const handle = async (event: unknown, context: Context): Promise<Report | ErrorAnswer> => {
    const asked = isAsked(event);
    try {
      const deadline = Date.now() + context.getRemainingTimeInMillis();
      const who = `${context.functionName} ${context.awsRequestId}`;
      const attempt = () =>
        withSettings((settings) => {
          const { password } = settings.database;
          if (password) passwords.add(password);
          return run(settings, { logger, metrics, metricsOf, deadline, who }, event);
        });
      const result = await (asked
        ? attempt()
        : patiently(attempt, deadline, (fault, waitMs) =>
            logger.warn('waiting', { fault: renderError(toErrorReport(fault)), waitMs }),
          ));
      const { text, failed, logged } = result;
      const report = redactDeep(result.report, [...passwords]);
      const line = logged ?? { report };
      if (!failed) logger.info('finished', line);
      else logger.error('failed', line);
      if (failed && !asked) throw new JobFailed(clean(text));
      return report;
    } catch (error) {
      if (error instanceof JobFailed) throw error;
      const reason = redactDeep(toErrorReport(error), [...passwords]);
      const text = clean(renderError(toErrorReport(error)));
      logger.error('failed', { reason: text });
      if (asked) return { error: reason, ...(error instanceof UsageError && { isUsage: true }) };
      throw new JobFailed(text);
    } finally {
      // A question measures nothing, of which the library would warn.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    }
  };
  return middy()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(handle) as unknown as Handler<unknown, Report | ErrorAnswer>;
}

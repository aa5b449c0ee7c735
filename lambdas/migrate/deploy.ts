import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { environmentVariables, metrics as names } from '../../lib/contract.ts';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import type { PlanError } from '../../lib/plan/error.ts';
import { sinceOf } from '../../lib/plan/since.ts';
import type { DeployRequest } from '../../lib/remote/protocol.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobResult, JobTools } from '../shared/handler.ts';
import { requireVariable } from '../shared/settings.ts';
import { type DeployState, readState, reasonToWait, stillRunning, timeIsUp } from './deploy-state.ts';
import { runUp } from './run.ts';

/** What CDK's framework is answered: to the first request of a deploy, and whenever it asks whether that is done. */
type Answer =
  | { readonly PhysicalResourceId: string; readonly Data: DeployState }
  | { readonly IsComplete: boolean };

/** What is to be answered without a look at the database: it is left alone when the stack is removed, and what is done is done. */
export function answerAtOnce(request: DeployRequest): Answer | undefined {
  const { RequestType: type, PhysicalResourceId: id = '' } = request;
  // Whoever is asked to begin is asked to look once more, so both questions have their answer here.
  if (type === 'Delete') return { PhysicalResourceId: id, IsComplete: true } as Answer;
  return readState(request)?.done ? { IsComplete: true } : undefined;
}

/**
 * What a deploy asks of the function: to begin, and then, some seconds and at last half a minute apart, whether it is done. Each time what is
 * pending is applied; a file that takes long runs on in the server, and the deploy waits for its end, and for an approval.
 *
 * @throws RegistryJobsError, which is the reason of the deploy's failure: what `up` throws; `still-running`, `not-approved`
 */
export async function deploy(
  request: DeployRequest,
  settings: PostgresSettings,
  tools: JobTools,
): Promise<JobResult<Answer>> {
  const before = readState(request);
  const startedAt = before?.startedAt ?? Date.now();
  const until = startedAt + Number(requireVariable(environmentVariables.deploySeconds)) * 1_000;
  const answer = (state: DeployState): Answer =>
    before
      ? { IsComplete: state.done }
      : {
          PhysicalResourceId: request.PhysicalResourceId ?? `${settings.environment}-migrations`,
          Data: state,
        };
  try {
    const report = await runUp(
      settings,
      { ...tools, deadline: Math.min(tools.deadline, until) },
      {
        // After a failed update CloudFormation runs the older bundle against the newer database: it must change nothing, and not fail.
        olderBundle: 'accept',
        detach: 'when-needed',
        ...(before && { since: before.since }),
      },
    );
    const text = renderMigrationReport(report);
    const runsOn = report.status === 'running';
    if (runsOn && Date.now() >= until) throw stillRunning(report, until - startedAt);
    const state = { since: sinceOf(report), startedAt, done: !runsOn };
    return { report: answer(state), logged: { report }, text, failed: report.status === 'failed' };
  } catch (error) {
    const waiting = reasonToWait(error, before !== undefined);
    if (!waiting) throw error;
    if (waiting === 'approval') tools.metrics.addMetric(names.approvalWaiting, MetricUnit.Count, 1);
    if (Date.now() >= until) throw timeIsUp(error, until - startedAt);
    const text = renderError(toErrorReport(error));
    const state = { since: (error as PlanError).at ?? '', startedAt, done: false };
    return { report: answer(state), logged: { waiting, reason: text }, text, failed: false };
  }
}

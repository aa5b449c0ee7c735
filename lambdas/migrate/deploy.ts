import type { DeployRequest } from '../../lib/remote/protocol.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobResult, JobTools } from '../shared/handler.ts';
import { runUp } from './run.ts';

/** What a deploy asks of the function: to begin, or to look again. A failure is thrown, and is the reason of the deploy's failure. */
export async function deploy(
  _request: DeployRequest,
  settings: PostgresSettings,
  tools: JobTools,
): Promise<JobResult<object>> {
  // After a failed update CloudFormation runs the older bundle against the newer database: it must change nothing, and not fail.
  const report = await runUp(settings, tools, { olderBundle: 'accept' });
  return { report, text: renderMigrationReport(report), failed: report.status === 'failed' };
}

import { RegistryJobsError } from '../../lib/errors/error.ts';
import type { RemoteTask } from '../../lib/remote/protocol.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobResult, JobTools } from '../shared/handler.ts';

/** Does what somebody asks of the function from outside of a deploy, and answers with data. */
export async function answer(
  task: RemoteTask,
  _options: unknown,
  _settings: PostgresSettings,
  _tools: JobTools,
): Promise<JobResult<object>> {
  throw new RegistryJobsError('unknown-task', `The function knows no task ${task}.`);
}

import { type ErrorReport, RegistryJobsError, UsageError } from '../errors/error.ts';
import type { Answered, ErrorAnswer } from './answer.ts';
import { type InvokeOptions, invoke } from './invoke.ts';
import type { TaskOptions } from './options.ts';
import type { RemoteTask } from './protocol.ts';
import type { FunctionTarget } from './target.ts';

/**
 * Has the deployed function do a task and gives its report.
 *
 * @throws RegistryJobsError what the task came to there, `lambda-answer`, and what {@link invoke} throws
 */
export async function ask<Report, T extends RemoteTask>(
  target: FunctionTarget,
  task: T,
  options: TaskOptions[T],
  more: InvokeOptions = {},
): Promise<Answered<Report>> {
  const answer = await invoke(target, task, options, more);
  if (isError(answer)) throw revive(answer);
  if (isAnswered<Report>(answer)) return answer;
  throw new RegistryJobsError(
    'lambda-answer',
    `${target.name} answered something that this version does not understand.`,
    {
      hint: 'Bring both to one version: update the command line, or deploy again. See what is true: registry-jobs status',
    },
  );
}

function isError(answer: unknown): answer is ErrorAnswer {
  const { error } = (answer ?? {}) as { readonly error?: Partial<ErrorReport> };
  return typeof error?.code === 'string' && typeof error.message === 'string';
}

function isAnswered<Report>(answer: unknown): answer is Answered<Report> {
  const { report, deployed } = (answer ?? {}) as Partial<Answered<object>>;
  return typeof report === 'object' && report !== null && typeof deployed?.files?.id === 'string';
}

/** As it was thrown there. */
function revive({ error: { code, message, ...details }, isUsage }: ErrorAnswer): RegistryJobsError {
  return isUsage ? new UsageError(code, message, details) : new RegistryJobsError(code, message, details);
}

import { taskAlias } from '../contract.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { RegistryJobsError } from '../errors/error.ts';
import { stopped } from '../errors/stopped.ts';
import { sentence } from '../text/format.ts';
import { explainAccess, judgeAwsError, readAwsError } from './aws-fault.ts';
import type { RemoteTask } from './protocol.ts';
import type { FunctionTarget } from './target.ts';

/** What was asked of which function. */
export interface AskedTask {
  readonly target: FunctionTarget;
  readonly task: RemoteTask;
  readonly isChanging: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Says why a function could not be asked, or did not answer.
 *
 * @param region that the client has worked with, if it had one
 * @param isThere whether there is a function of that name, where it has no alias for tasks
 */
export async function explainInvoke(
  error: unknown,
  asked: AskedTask,
  region: string | undefined,
  isThere: () => Promise<boolean>,
): Promise<RegistryJobsError> {
  if (error instanceof RegistryJobsError) return error;
  if (asked.signal?.aborted) return leftAlone(asked, asked.signal);
  const { name } = asked.target;
  const where = `${name}${region === undefined || asked.target.region ? '' : ` in ${region}`}`;
  const access = explainAccess(error, where);
  if (access) return access;
  const found = readAwsError(error);
  const said = sentence(found.message);
  const make = (code: ErrorCode, text: string, hint: string) =>
    new RegistryJobsError(code, text, { hint, cause: error });
  if (found.name === 'ResourceNotFoundException')
    return (await isThere()) ? older(where, error) : missing(where, error);
  switch (judgeAwsError(found)) {
    case 'denied':
      return make(
        'lambda-denied',
        `${where} may not be called: ${said}`,
        `Let this user or role call lambda:InvokeFunction on its alias ${taskAlias}, as grantRemote of MigrateOnDeploy does. See who you are: aws sts get-caller-identity`,
      );
    case 'throttled':
      return make(
        'lambda-throttled',
        `Lambda does not take another call of ${where} now: ${said} Nothing was begun.`,
        'Try again. How many may run at once in this account: aws lambda get-account-settings',
      );
    case 'network':
      return make(
        'lambda-unreachable',
        `No answer of ${where}: ${said}${unknown(asked)}`,
        next(asked, 'See whether this machine reaches AWS: aws sts get-caller-identity'),
      );
    default:
      return make(
        'lambda-unavailable',
        `Lambda did not call ${where}: ${found.name} ${said}`,
        `Look at the function: aws lambda get-function-configuration --function-name ${name}`,
      );
  }
}

function missing(where: string, cause: unknown): RegistryJobsError {
  const message = `There is no function ${where} that answers tasks: none of that name in this account, or one without the alias ${taskAlias}, which was deployed by an older version.`;
  return new RegistryJobsError('lambda-missing', message, {
    hint: `Nothing was run. Find its name: ${FIND}`,
    cause,
  });
}

function older(where: string, cause: unknown): RegistryJobsError {
  const message = `${where} has no alias ${taskAlias}: it was deployed by a version that answers no tasks, and would apply its migrations instead.`;
  return new RegistryJobsError('lambda-older', message, {
    hint: 'Nothing was run. Deploy it with this version: npx cdk deploy',
    cause,
  });
}

/** Lists the functions that apply migrations, with the names of their environments. */
export const FIND = `aws lambda list-functions --output text --query "Functions[?starts_with(Description, 'Applies the migrations')].[FunctionName, Environment.Variables.REGISTRY_JOBS_ENVIRONMENT]"`;

function leftAlone(asked: AskedTask, signal: AbortSignal): RegistryJobsError {
  return stopped(
    signal,
    asked.isChanging ? ', and no longer waited for; the function goes on' : ' before the answer came',
    {
      ...(asked.isChanging && { hint: next(asked, '') }),
    },
  );
}

/** Says why a function that was called has failed, from what Lambda says of it. Pure. */
export function explainFailed(payload: string, asked: AskedTask): RegistryJobsError {
  const { errorType = '', errorMessage = '' } = readFailure(payload);
  const { name } = asked.target;
  const hint = next(
    asked,
    `Read its log: aws logs tail "$(aws lambda get-function-configuration --function-name ${name} --query LoggingConfig.LogGroup --output text)" --since 10m`,
  );
  if (/Task timed out after/.test(errorMessage) || errorType === 'Sandbox.Timedout') {
    const [after = ''] = /after [\d.]+ seconds/.exec(errorMessage) ?? [];
    return new RegistryJobsError(
      'lambda-timeout',
      `${name} was stopped${after && ` ${after}`}, when its time was up.${unknown(asked)}`,
      { hint },
    );
  }
  return new RegistryJobsError(
    'lambda-failed',
    `${name} failed: ${sentence([errorType, errorMessage].filter(Boolean).join(' '))}${unknown(asked)}`,
    { hint },
  );
}

function readFailure(payload: string): { readonly errorType?: string; readonly errorMessage?: string } {
  try {
    return JSON.parse(payload) ?? {};
  } catch {
    return { errorMessage: payload.slice(0, 500) };
  }
}

function unknown({ isChanging, task }: AskedTask): string {
  return isChanging ? ` What became of ${task} is not known; it may go on.` : '';
}

function next({ isChanging }: AskedTask, reading: string): string {
  return isChanging ? 'Do not repeat it before you have looked: registry-jobs watch' : reading;
}

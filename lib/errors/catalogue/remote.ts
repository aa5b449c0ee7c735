import { entries } from './entry.ts';

/** What asking the deployed function meets. */
export const remoteErrors = entries({
  'bad-history-place': {
    means: 'What was given to `history --before` is nothing that a page of the history ends with.',
    remedy: 'Take it from the last line of the page before: `registry-jobs history`.',
    example: '"yesterday" is no place in the history. [bad-history-place]',
  },
  'bad-task-options': {
    means:
      'The deployed function was told something about a task that it does not know, or that it does not take. It has done nothing. A function that was deployed earlier may know fewer options than the command line.',
    remedy: 'Bring both to one version: update the command line, or deploy again.',
    example: 'The function refuses options of plan: there is no "tp" (did you mean to?). [bad-task-options]',
  },
  'approval-not-written': {
    means:
      'The plan could not be approved: the parameter that says so could not be written. Nothing was approved.',
    remedy:
      'Let this user or role call `ssm:PutParameter` on that one parameter, as `grantApprove` of MigrateOnDeploy does. See who you are: `aws sts get-caller-identity`.',
  },
  'aws-credentials-refused': {
    means:
      'AWS does not accept the credentials that a function was called with: they have expired, or are of nobody.',
    remedy: 'Log in again, then see who you are: `aws sts get-caller-identity`.',
  },
  'bad-function-name': {
    means:
      'What should name the deployed function is neither the name nor the ARN of a function, or names a version or an alias of it as well.',
    remedy: 'Give the name or the ARN alone: `registry-jobs status --remote --function NAME`.',
    example: '--function is not the name of a function: "shop:live". [bad-function-name]',
  },
  'lambda-answer': {
    means:
      'The deployed function has answered, and not with a report as this version knows them: the versions of both are too far apart.',
    remedy: 'Bring both to one version: update the command line, or deploy again.',
    example: 'shop-migrate answered something that this version does not understand. [lambda-answer]',
  },
  'lambda-denied': {
    means: 'AWS does not let this user or role call the deployed function.',
    remedy:
      'Grant it with `grantRemote` or `operators` of MigrateOnDeploy, or by a policy of your own: `lambda:InvokeFunction` on its alias `tasks-1`. See who you are: `aws sts get-caller-identity`.',
  },
  'lambda-failed': {
    means:
      'The deployed function was called and ended without an answer: it could not be loaded, ran out of memory, or has a fault.',
    remedy:
      'Read its log, as the message says. Before anything that changes something is repeated, see what is true: `registry-jobs watch`.',
  },
  'lambda-missing': {
    means: 'There is no function of this name in this account and region, or it answers no tasks.',
    remedy: 'Find its name with the command that the message names, and set `REGISTRY_JOBS_FUNCTION`.',
  },
  'lambda-older': {
    means:
      'The deployed function is of a version that answers no tasks: whatever it is asked, it would apply its migrations. So it was not called.',
    remedy: 'Deploy it with this version: `npx cdk deploy`.',
  },
  'lambda-throttled': {
    means:
      'Lambda takes no further call at this moment: as many functions of the account are running as may. Nothing was begun.',
    remedy: 'Try again. What the limit is: `aws lambda get-account-settings`.',
  },
  'lambda-timeout': {
    means:
      'The deployed function was stopped when its time was up, before it had answered. What it was at may go on in the server.',
    remedy: 'See what is true: `registry-jobs watch`.',
    example: 'shop-migrate was stopped after 15.00 seconds, when its time was up. [lambda-timeout]',
  },
  'lambda-unavailable': {
    means:
      'Lambda did not call the function: it is being updated, its network has no free address, or Lambda itself has a fault.',
    remedy: 'Try again in a minute. The message has a command that shows what is wrong.',
  },
  'lambda-unreachable': {
    means: 'Lambda could not be reached over the network, or the connection went before there was an answer.',
    remedy: 'Before anything that changes something is repeated, see what is true: `registry-jobs watch`.',
  },
  'no-aws-credentials': {
    means: 'The deployed function is called with your own AWS credentials, and there are none.',
    remedy: 'Log in, or set `AWS_PROFILE`; then see who you are: `aws sts get-caller-identity`.',
  },
  'no-aws-region': {
    means: 'It is not said in which region the deployed function is.',
    remedy: 'Set it, or give the ARN of the function, which has it: `export AWS_REGION=eu-central-1`.',
    example: 'It is not said in which region shop-migrate is. [no-aws-region]',
  },
  'no-function': {
    means: 'A command is to be done by the deployed function, and nothing says what that is called.',
    remedy:
      'Write `REGISTRY_JOBS_FUNCTION=NAME` into the `.env` file of the environment, or name it: `registry-jobs status --remote --function NAME`.',
    example: 'It is not said which function is asked: REGISTRY_JOBS_FUNCTION is not set. [no-function]',
  },
  'nothing-to-approve': {
    means: 'There is no plan that could be approved: nothing is pending, or `up` would refuse to run.',
    remedy: 'See why: `registry-jobs plan`.',
    example: 'Nothing is pending, so there is nothing to approve. [nothing-to-approve]',
  },
  'not-remote': {
    means:
      'An option was given that has no meaning for the deployed function, which has its own files, database and settings; or that needs a database at hand.',
    remedy: 'Leave out that option, or `--remote`.',
    example: '--deep cannot be used with --remote. [not-remote]',
  },
  'two-functions': {
    means:
      'An environment was asked for by name whose `.env` file names another function than the variable that is exported: either could be the wrong one.',
    remedy: 'Take one of them away: `unset REGISTRY_JOBS_FUNCTION`.',
  },
  'unknown-task': {
    means:
      'The deployed function was asked for something that its version does not know. It has done nothing. It answers a list of tasks and never takes SQL.',
    remedy: 'Bring both to one version: update the command line, or deploy again.',
    example: 'The function knows no task "dump". [unknown-task]',
  },
});

/** The CDK app of this repository: the stacks of the environment that `-c env=` names. */
import { App, Stack } from 'aws-cdk-lib/core';
import { chooseEnvironment } from '../environments.ts';
import { buildLambdaCode } from '../lib/bundle/lambda-code.ts';
import { RegistryJobsError, renderError, toErrorReport } from '../lib/errors/error.ts';
import { addNagChecks } from '../lib/infra/nag.ts';
import { RegistryJobsStack } from '../lib/infra/stack.ts';

try {
  const app = new App();
  // The command line passes the stacks whose code it needs: none for bootstrap, list, destroy and all that deploys nothing.
  const deploysNothing = app.node.tryGetContext('aws:cdk:bundling-stacks')?.length === 0;
  const name = app.node.tryGetContext('env');
  if (name === undefined && deploysNothing) {
    // An app without a stack is an error of every command, and one with the stacks of all environments would have all of them
    // removed by `cdk destroy --all`. So there is one that nobody has ever deployed, in no account.
    new Stack(app, 'no-environment-chosen');
  } else {
    const environment = chooseEnvironment(name);
    const codeFolders = await buildLambdaCode('dist/lambdas');
    const props = { environment, migrations: 'migrations', codeFolders };
    new RegistryJobsStack(app, `registry-jobs-${environment.name}`, props);
    addNagChecks(app);
  }
} catch (error) {
  if (!(error instanceof RegistryJobsError)) throw error;
  console.error(renderError(toErrorReport(error)));
  process.exitCode = 1;
}

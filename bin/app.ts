import { App } from 'aws-cdk-lib/core';
import { buildLambdaCode } from '../lib/bundle/lambda-code.ts';
import { RegistryJobsError, renderError, toErrorReport } from '../lib/core/errors.ts';
import { chooseEnvironment } from '../lib/infra/environments.ts';
import { addNagChecks } from '../lib/infra/nag.ts';
import { RegistryJobsStack } from '../lib/infra/stack.ts';

try {
  const app = new App();
  const environment = chooseEnvironment(app.node.tryGetContext('env'));
  const codeFolders = await buildLambdaCode('dist/lambdas');
  const props = { environment, migrations: 'migrations', codeFolders };
  new RegistryJobsStack(app, `registry-jobs-${environment.name}`, props);
  addNagChecks(app);
} catch (error) {
  if (!(error instanceof RegistryJobsError)) throw error;
  console.error(renderError(toErrorReport(error)));
  process.exitCode = 1;
}

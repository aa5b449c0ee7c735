import { App } from 'aws-cdk-lib/core';
import { bundleLambdas } from '../lib/bundle/bundle-lambdas.ts';
import { RegistryJobsError, renderError, toErrorReport } from '../lib/core/errors.ts';
import { chooseEnvironment } from '../lib/infra/environments.ts';
import { addNagChecks } from '../lib/infra/nag.ts';
import { RegistryJobsStack } from '../lib/infra/stack.ts';

try {
  const app = new App();
  const environment = chooseEnvironment(app.node.tryGetContext('env'));
  const { region } = environment;
  const bundles = await bundleLambdas({ outDir: 'dist/lambdas', migrationsDir: 'migrations', region });
  new RegistryJobsStack(app, { environment, bundles });
  addNagChecks(app);
} catch (error) {
  if (!(error instanceof RegistryJobsError)) throw error;
  console.error(renderError(toErrorReport(error)));
  process.exitCode = 1;
}

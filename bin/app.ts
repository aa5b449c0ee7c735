/** The CDK app of this repository: the stacks of the environment that `-c env=` names. */
import {
  App,
  CloudFormationValidatePlugin,
  type IPolicyValidationPlugin,
  Stack,
  Validations,
} from 'aws-cdk-lib/core';
import { chooseEnvironment } from '../environments.ts';
import { RegistryJobsError, renderError, toErrorReport } from '../lib/errors/error.ts';

try {
  // CDK's own check of the templates takes seconds, so it is added below, where there is something to check.
  const app = new App({ builtinCloudFormationValidation: false });
  // The command line passes the stacks whose code it needs: none for bootstrap, list, destroy and all that deploys nothing.
  const deploysNothing = app.node.tryGetContext('aws:cdk:bundling-stacks')?.length === 0;
  const name = app.node.tryGetContext('env');
  if (name === undefined && deploysNothing) {
    // An app without a stack is an error of every command, and one with the stacks of all environments would have all of them
    // removed by `cdk destroy --all`. So there is one that nobody has ever deployed, in no account.
    new Stack(app, 'no-environment-chosen');
  } else {
    const environment = chooseEnvironment(name);
    // Loaded here, because without an environment nothing of it is needed, and it takes as long as the rest.
    const { RegistryJobsStack } = await import('../lib/infra/stack.ts');
    const stack = { environment, migrations: 'migrations' };
    const id = `registry-jobs-${environment.name}`;
    if (deploysNothing) new RegistryJobsStack(app, id, stack);
    else {
      const { buildLambdaCode } = await import('../lib/bundle/lambda-code.ts');
      const { addNagChecks } = await import('../lib/infra/nag.ts');
      new RegistryJobsStack(app, id, { ...stack, codeFolders: await buildLambdaCode('dist/lambdas') });
      addNagChecks(app);
      // As `cdk synth --no-validation` says it.
      if (process.env.CDK_VALIDATION !== 'false')
        Validations.of(app).addPlugins(new CloudFormationValidatePlugin() as IPolicyValidationPlugin);
    }
  }
} catch (error) {
  if (!(error instanceof RegistryJobsError)) throw error;
  console.error(renderError(toErrorReport(error)));
  process.exitCode = 1;
}

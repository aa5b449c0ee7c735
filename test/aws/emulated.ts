/**
 * Loaded before bin/app.ts, which is then deployed as it is: `node --import ./test/aws/emulated.ts bin/app.ts`. Gives staging the values of an
 * account, as whoever has one writes them into lib/infra/environments.ts, and leaves out what an emulator cannot make.
 */
import { App, Stack } from 'aws-cdk-lib/core';
import { type Environment, environments } from '../../lib/infra/environments.ts';
import { closeGaps } from './close-gaps.ts';
import { readNetwork } from './read-network.ts';

const { CDK_DEFAULT_ACCOUNT: account = '', CDK_DEFAULT_REGION: region = '' } = process.env;
const synth = App.prototype.synth;

App.prototype.synth = function (this: App, ...options) {
  for (const stack of this.node.children.filter(Stack.isStack)) closeGaps(stack);
  return synth.apply(this, options);
};

const network = process.env.EMULATED_NETWORK;
const staging = environments.get('staging');
if (network && staging) {
  const { parameterKeyArn: _, databaseInstanceId: __, ...rest } = staging;
  (environments as Map<string, Environment>).set('staging', {
    ...rest,
    account,
    region,
    network: readNetwork(network, region),
  });
}

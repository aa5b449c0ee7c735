/**
 * Loaded before bin/app.ts, which is then deployed as it is: `node --import ./test/aws/emulated.ts bin/app.ts`. Gives staging the values of an
 * account, as whoever has one writes them into environments.ts, and leaves out what an emulator cannot make.
 */
import { environments } from '../../environments.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import { readNetwork } from './read-network.ts';
import './synth-without-gaps.ts';

const { CDK_DEFAULT_ACCOUNT: account = '', CDK_DEFAULT_REGION: region = '' } = process.env;

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

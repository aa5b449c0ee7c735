import type { App, Stack } from 'aws-cdk-lib/core';
import { chooseEnvironment } from '../../environments.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import {
  type Resource,
  type Resources,
  readResources,
  type Synthesized,
  type SynthOptions,
  synth,
} from './synth.ts';

export interface SynthesizedPair {
  readonly jobs: Synthesized;
  /** The stack that makes network and database. */
  readonly database: Resources & {
    // biome-ignore lint/suspicious/noExplicitAny: tests look at what they know
    readonly template: any;
    /** Resources of a type by their logical ids. */
    entries(type: string): (readonly [string, Resource])[];
    readonly terminationProtection: boolean | undefined;
  };
}

/** An environment that has neither network nor database. */
export function newEnvironment(changes: Partial<Environment> = {}): Environment {
  return { ...chooseEnvironment('staging'), network: 'create', ...changes };
}

/** Synthesizes both stacks of such an environment. */
export function synthCreated(
  environment = newEnvironment(),
  props: SynthOptions['props'] = {},
): SynthesizedPair {
  const stacks: Stack[] = [];
  const jobs = synth({
    environment,
    props,
    change: (stack) =>
      void stacks.push(stack.node.scope?.node.findChild(`${stack.node.id}-database`) as Stack),
  });
  const [stack = {} as Stack] = stacks;
  const app = stack.node.root as App;
  const { template, terminationProtection } = app.synth().getStackArtifact(stack.artifactId);
  const found = readResources(app, stack);
  const entries = (type: string) => Object.entries(found.resources).filter(([, it]) => it.Type === type);
  return { jobs, database: { ...found, template, entries, terminationProtection } };
}

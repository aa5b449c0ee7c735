import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { App } from 'aws-cdk-lib/core';
import { chooseEnvironment, type Environment } from '../../lib/infra/environments.ts';
import { addNagChecks } from '../../lib/infra/nag.ts';
import { RegistryJobsStack, type RegistryJobsStackProps } from '../../lib/infra/stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** One resource of a template, loosely: tests look at what they know. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties are data of any shape
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Synthesized {
  readonly template: Template;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** Logical id and resource of the only one of a type whose id begins so. */
  find(type: string, idPrefix?: string): readonly [string, Resource];
  /** Where the code that CDK would upload for this function lies. */
  assetFolder(fn: Resource): string;
  readonly terminationProtection: boolean | undefined;
}

export interface SynthOptions {
  readonly environment?: string | Environment;
  /** @default - a handler that does nothing, so that tests of the template wait for no bundling */
  readonly bundles?: RegistryJobsStackProps['bundles'];
  /** Changes the finished stack before it is synthesized. */
  readonly change?: (stack: RegistryJobsStack) => void;
}

/** Synthesizes as `cdk synth` does, with the flags of cdk.json and the rule packs, but in this process. */
export function synth(options: SynthOptions = {}): Synthesized {
  const { environment = 'staging' } = options;
  const outdir = temporaryFolder();
  const app = new App({ outdir, context: cdkJson.context, analyticsReporting: false });
  const stack = new RegistryJobsStack(app, {
    environment: typeof environment === 'string' ? chooseEnvironment(environment) : environment,
    bundles: options.bundles ?? placeholderCode(),
  });
  options.change?.(stack);
  addNagChecks(app);
  const artifact = app.synth().getStackArtifact(stack.artifactId);
  const resources: Record<string, Resource> = artifact.template.Resources;
  const { files } = JSON.parse(readFileSync(join(outdir, `${stack.artifactId}.assets.json`), 'utf8'));
  return {
    template: Template.fromJSON(artifact.template),
    resources,
    terminationProtection: artifact.terminationProtection,
    find: (type, idPrefix = '') => {
      const found = Object.entries(resources).filter(
        ([id, it]) => it.Type === type && id.startsWith(idPrefix),
      );
      const [only] = found;
      if (!only || found.length > 1) throw new Error(`${found.length} resources ${type} ${idPrefix}`);
      return only;
    },
    assetFolder: (fn) => join(outdir, files[fn.Properties.Code.S3Key.replace('.zip', '')].source.path),
  };
}

/** The project's cdk.json, which the CDK command line would pass to the app. */
export const cdkJson = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'));

/** Two folders, because two functions with the same code are one asset. */
function placeholderCode(): RegistryJobsStackProps['bundles'] {
  const folder = (job: string) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'index.mjs'), `export const handler = async () => '${job}';\n`);
    return { folder: path };
  };
  return { migrate: folder('migrate'), 'refresh-statistics': folder('refresh-statistics') };
}

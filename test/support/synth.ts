import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { App, type Stack } from 'aws-cdk-lib/core';
import { chooseEnvironment } from '../../environments.ts';
import type { CodeFolders } from '../../lib/bundle/lambda-code.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import { addNagChecks } from '../../lib/infra/nag.ts';
import { RegistryJobsStack, type RegistryJobsStackProps } from '../../lib/infra/stack.ts';
import { FORMAT_VERSION } from '../../lib/migrations/compiled.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { warmValidation } from './warm-validation.ts';

if (process.env.CDK_VALIDATION !== 'false') warmValidation();

/** One resource of a template, loosely: tests look at what they know. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties are data of any shape
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** The resources of one stack. */
export interface Resources {
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  all(type: string): readonly Resource[];
  /** Logical id and resource of the only one of a type whose id begins so. */
  find(type: string, idPrefix?: string): readonly [string, Resource];
  /** Where the code that CDK would upload for this function lies. */
  assetFolder(fn: Resource): string;
}

export interface Synthesized extends Resources {
  readonly template: Template;
  readonly terminationProtection: boolean | undefined;
}

export interface SynthOptions {
  readonly environment?: string | Environment;
  /**
   * What else the stack is told.
   * @default - no migrations, and handlers that do nothing, so that tests of the template wait for neither parser nor bundling
   */
  readonly props?: Partial<RegistryJobsStackProps>;
  /** Changes the finished stack before it is synthesized. */
  readonly change?: (stack: RegistryJobsStack) => void;
}

/** Synthesizes as `cdk synth` does, with the flags of cdk.json and the rule packs, but in this process. */
export function synth(options: SynthOptions = {}): Synthesized {
  const { environment = 'staging' } = options;
  const app = new App({ outdir: temporaryFolder(), context: cdkJson.context, analyticsReporting: false });
  const place = typeof environment === 'string' ? chooseEnvironment(environment) : environment;
  const stack = new RegistryJobsStack(app, `registry-jobs-${place.name}`, {
    environment: place,
    migrations: noMigrations,
    codeFolders: placeholderCode(),
    ...options.props,
  });
  options.change?.(stack);
  addNagChecks(app);
  const { template, terminationProtection } = app.synth().getStackArtifact(stack.artifactId);
  return { ...readResources(app, stack), template: Template.fromJSON(template), terminationProtection };
}

/** Synthesizes an app, if that was not done before, and reads what one of its stacks is made of. */
export function readResources(app: App, stack: Stack): Resources {
  const { template } = app.synth().getStackArtifact(stack.artifactId);
  const resources: Record<string, Resource> = template.Resources;
  const { files } = JSON.parse(readFileSync(join(app.outdir, `${stack.artifactId}.assets.json`), 'utf8'));
  return {
    resources,
    all: (type) => Object.values(resources).filter((it) => it.Type === type),
    find: (type, idPrefix = '') => {
      const found = Object.entries(resources).filter(
        ([id, it]) => it.Type === type && id.startsWith(idPrefix),
      );
      const [only] = found;
      if (!only || found.length > 1) throw new Error(`${found.length} resources ${type} ${idPrefix}`);
      return only;
    },
    assetFolder: (fn) => {
      const { S3Key } = fn.Properties.Code;
      return join(app.outdir, files[S3Key.replace('.zip', '')].source.path);
    },
  };
}

/** The project's cdk.json, which the CDK command line would pass to the app. */
export const cdkJson = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'));

/** As compile() would give them. */
export const noMigrations = { formatVersion: FORMAT_VERSION, folder: 'migrations', migrations: [] };

/** A folder each, because two functions with the same code are one asset. */
export function placeholderCode(): CodeFolders {
  const folder = (job: string) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'index.mjs'), `export const handler = async () => '${job}';\n`);
    return path;
  };
  return {
    migrate: folder('migrate'),
    'refresh-statistics': folder('refresh-statistics'),
    'store-password': folder('store-password'),
    'create-roles': folder('create-roles'),
  };
}

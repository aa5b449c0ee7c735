import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type AwsVariables, NoEmulator, startEmulator } from './aws-emulator.ts';
import startPostgres from './global-setup.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What is deployed to: absent when there is nothing, and the tests are skipped. */
    aws: { readonly variables: AwsVariables; readonly emulatorFolder?: string } | undefined;
  }
}

/**
 * One AWS and one Postgres for the whole run. AWS is what `AWS_ENDPOINT_URL` names, or an emulator that is thrown away
 * afterwards.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given) {
    const own = Object.entries(process.env).filter(([name]) => /^(AWS_|NODE_EXTRA_CA_CERTS$)/.test(name));
    project.provide('aws', { variables: Object.fromEntries(own) as AwsVariables });
    return startPostgres(project);
  }
  const folder = mkdtempSync(join(tmpdir(), 'registry-jobs-emulator-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const emulator = await startEmulator(folder);
    project.provide('aws', { variables: emulator.variables, emulatorFolder: folder });
    const stopPostgres = await startPostgres(project);
    return async () => {
      await emulator.stop();
      remove();
      await stopPostgres();
    };
  } catch (error) {
    remove();
    if (!(error instanceof NoEmulator)) throw error;
    console.warn(`\n!!! NOTHING IS DEPLOYED AND NOTHING OF AWS IS TESTED HERE: ${error.message}\n`);
    project.provide('aws', undefined);
    return async () => {};
  }
}

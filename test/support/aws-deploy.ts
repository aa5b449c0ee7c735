import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { AwsVariables } from './aws-emulator.ts';

const root = resolve(import.meta.dirname, '../..');

export interface CdkResult {
  readonly code: number;
  /** What it printed on both streams, as a person would have seen it. */
  readonly output: string;
}

/** Values of `-c name=value`; lists are joined with commas, empty ones left out. */
export type CdkContext = Readonly<Record<string, string | readonly string[]>>;

export interface Cdk {
  /** Where it writes: the cloud assembly, what it uploads, and the outputs of the last deploy. */
  readonly folder: string;
  run(args: readonly string[], context?: CdkContext): Promise<CdkResult>;
  /** The outputs of a stack after its last deploy, by name. */
  outputs(stack: string): Record<string, string>;
  /** All that was printed so far. */
  printed(): string;
}

/**
 * The CDK command line, as a user has it, for the app in test/aws or another one, and with nothing of this machine's settings.
 *
 * @param project where it is called: the folder of `cdk.json`
 */
export function createCdk(
  folder: string,
  variables: AwsVariables,
  app = 'node test/aws/app.ts',
  project = root,
): Cdk {
  const printed: string[] = [];
  const outputsFile = join(folder, 'outputs.json');
  return {
    folder,
    printed: () => printed.join('\n'),
    outputs: (stack) => JSON.parse(readFileSync(outputsFile, 'utf8'))[stack],
    run: async (args, context = {}) => {
      const values = Object.entries(context).filter(([, value]) => value.length > 0);
      const [command, ...rest] = args;
      const all = [
        join(root, 'node_modules/aws-cdk/bin/cdk'),
        String(command),
        '--no-lookups',
        ...['--app', app, '--output', join(folder, 'cdk.out')],
        ...values.flatMap(([name, value]) => ['-c', `${name}=${[value].flat().join(',')}`]),
        ...(command === 'deploy' ? ['--require-approval', 'never', '--outputs-file', outputsFile] : []),
        ...rest,
      ];
      const result = await execute(all, project, {
        PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
        HOME: folder,
        CI: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        NO_COLOR: '1',
        ...variables,
      });
      printed.push(result.output);
      return result;
    },
  };
}

/** What a command printed that must not fail. */
export async function succeed(result: Promise<CdkResult>): Promise<string> {
  const { code, output } = await result;
  expect(code, output).toBe(0);
  return output;
}

function execute(args: readonly string[], cwd: string, env: Record<string, string>): Promise<CdkResult> {
  return new Promise((done, fail) => {
    // Less than a test may take, so that what was printed is shown.
    const child = spawn(process.execPath, [...args], { cwd, env, timeout: 230_000 });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', fail);
    child.once('close', (code) => done({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

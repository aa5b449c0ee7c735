import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Variables of the caller that would change what a tool does or where it connects to. */
const MISLEADING =
  /^(PG|DBMATE_|DATABASE_URL|REGISTRY_JOBS_|NODE_OPTIONS|NODE_COMPILE_CACHE|FORCE_COLOR|AWS_)/;

/** Our environment without what would mislead a tool. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !MISLEADING.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...extra };
}

/**
 * Runs a program to its end and returns what it wrote to stdout.
 *
 * @throws Error with the last lines of both outputs when it fails
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const options = { env: plainEnvironment(env), maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await execute(program, args, options);
    return stdout;
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n');
    throw new Error(`${program} failed:\n${said}`, { cause });
  }
}

/** Runs a program that may end with 1 where it has found something, and returns what it wrote to stdout. */
export async function runForOutput(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { env: plainEnvironment(), maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code, stdout = '' } = error as { code?: number | string; stdout?: string };
    if (code === 1) return stdout;
    throw error;
  }
}

/** Runs a program of ours; with its peak of resident memory, in bytes. */
export async function runWithPeak(
  program: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly peakBytes: number }> {
  const peak = path.resolve(import.meta.dirname, '../peak.ts');
  const options = { env: plainEnvironment(), maxBuffer: 64 * 1024 * 1024 };
  const { stdout, stderr } = await execute(process.execPath, [peak, program, ...args], options);
  return { stdout, peakBytes: Number(/^peak (\d+)$/m.exec(stderr)?.[1]) };
}

import type { Command } from 'commander';
import { UsageError } from '../../errors/error.ts';
import { FIND } from '../../remote/explain.ts';
import { type FunctionTarget, parseFunctionName } from '../../remote/target.ts';
import { readEnvFile } from '../../settings/env-file.ts';
import { functionVariable } from '../../settings/variable-names.ts';
import { type Cli, isEnvNamed } from '../database-command.ts';

/** Whether the deployed function is asked, and which. */
export interface RemoteOptions {
  readonly remote: boolean;
  readonly function?: string;
}

/** Adds the options of a command that the deployed function can do as well. */
export function withRemoteOptions(command: Command): Command {
  return command
    .option('--remote', 'have the deployed function do it, with the files that it was deployed with', false)
    .option('--function <name>', `the function that is asked, by name or ARN (env: ${functionVariable})`);
}

/**
 * Finds the name of the function: on the command line, in the environment of the process, in the `.env` file of the environment.
 *
 * @throws UsageError `no-function`, `two-functions`, `bad-function-name`
 */
export async function findTarget(
  cli: Pick<Cli, 'io' | 'sourceOf'>,
  options: { readonly env: string; readonly function?: string },
): Promise<FunctionTarget> {
  const { io } = cli;
  const { env } = options;
  if (options.function !== undefined) return parseFunctionName(options.function, '--function');
  const file = await readEnvFile(io.folder, env).catch(() => undefined);
  const [exported, written] = [io.env[functionVariable], file?.variables[functionVariable]];
  if (exported && written && exported !== written && isEnvNamed(cli)) {
    const message = `--env ${env} and ${functionVariable} name two functions: ${written} in ${file?.name}, and ${exported} in the environment.`;
    throw new UsageError('two-functions', message, {
      hint: `Nothing was done: take one away: unset ${functionVariable}`,
    });
  }
  if (exported) return parseFunctionName(exported, functionVariable);
  if (written) return parseFunctionName(written, `${functionVariable} in ${file?.name}`);
  const looked = `${functionVariable} is not set${file ? ` in ${file.name}, nor in the environment` : `, and there is no .env.${env}`}`;
  throw new UsageError('no-function', `It is not said which function is asked: ${looked}.`, {
    hint: `Find its name, and write ${functionVariable}=NAME into .env.${env}: ${FIND}`,
  });
}

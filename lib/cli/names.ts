import type { Command } from 'commander';
import { readEnvFile } from '../settings/env-file.ts';
import { migrationsVariable, unknownNames } from '../settings/variable-names.ts';
import type { Io } from './io.ts';
import { tell } from './settings.ts';

/**
 * What is looked at before any command runs, since commands without a database need it too: names that nobody reads are told, and the folder
 * of migrations is taken from the environment of the process or the `.env` file where the command line does not name one.
 */
export async function lookAtNames(command: Command, io: Io): Promise<void> {
  const takesFolder = command.options.some((option) => option.attributeName() === 'migrations');
  const usual = takesFolder ? io.env.REGISTRY_JOBS_ENVIRONMENT || 'development' : undefined;
  const { env = usual } = command.opts<{ env?: string }>();
  // Whoever opens the settings says why the file cannot be read.
  const file = env === undefined ? undefined : await readEnvFile(io.folder, env).catch(() => undefined);
  tell(io, [...unknownNames(io.env), ...(file ? unknownNames(file.variables, file.name) : [])]);
  if (command.getOptionValueSource('migrations') === 'cli') return;
  const folder = io.env[migrationsVariable] || file?.variables[migrationsVariable];
  // Where it is from is the source of the value: `env`, or the name of the file.
  if (takesFolder && folder)
    command.setOptionValueWithSource('migrations', folder, io.env[migrationsVariable] ? 'env' : file?.name);
}

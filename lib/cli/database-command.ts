import type { Command } from 'commander';
import type { JobName } from '../contract.ts';
import type { CommandResult, Run, Secrets } from './command.ts';
import type { Io } from './io.ts';
import { createProgress, type Progress } from './progress.ts';
import { type DatabaseOptions, type OpenedSettings, openSettings } from './settings.ts';
import type { Stop } from './stop.ts';

/** What every command is made with. */
export interface Cli {
  readonly program: Command;
  readonly io: Io;
  readonly secrets: Secrets;
  readonly run: Run;
  readonly version: string;
  /** What becomes of a command when a signal comes. */
  readonly stop: Stop;
  /** Whether an option of the command that runs was given on the command line. */
  readonly isGiven: (option: string) => boolean;
}

/** What a command works with once the settings are read. */
export interface DatabaseTools extends OpenedSettings {
  readonly progress: Progress;
}

/** Reads the settings of a job, remembers what must not be shown, and shows progress while `work` runs. Every command with a database goes this way. */
export async function withDatabase<T>(
  { io, secrets, stop, isGiven }: Cli,
  options: DatabaseOptions & { readonly json: boolean },
  job: JobName,
  work: (tools: DatabaseTools) => Promise<T>,
): Promise<T> {
  const { json: isJson } = options;
  const progress = createProgress(io, { isJson, mask: secrets.mask, onStep: stop.doing });
  const end = stop.onFirst((text) => (text === undefined ? progress.end() : progress.note(text)));
  try {
    const isEnvNamed = isGiven('env') || Boolean(io.env.REGISTRY_JOBS_ENVIRONMENT);
    const opened = await openSettings(options, job, io, isEnvNamed);
    secrets.add(opened.settings);
    return await work({ ...opened, progress });
  } finally {
    end();
    progress.end();
  }
}

/** The same, and presents what came of it. */
export function runDatabaseCommand(
  cli: Cli,
  options: DatabaseOptions & { readonly json: boolean },
  job: JobName,
  work: (tools: DatabaseTools) => Promise<CommandResult>,
): Promise<void> {
  return cli.run(options.json, () => withDatabase(cli, options, job, work));
}

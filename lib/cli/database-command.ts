import type { Command } from 'commander';
import type { JobName } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import type { Settings } from '../settings/settings.ts';
import type { AsJson, CommandResult, Run, Secrets } from './command.ts';
import type { Io } from './io.ts';
import { type EventWriter, showEventLines } from './json-lines.ts';
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
  /** The command that runs, as it was called, to be pasted with more after it. */
  readonly asCalled: () => string;
  /** Where the value of an option of the command that runs is from: `cli`, `env`, the name of a file; `default` where nobody gave one. */
  readonly sourceOf: (option: string) => string | undefined;
}

/** What a command works with once the settings are read. */
export interface DatabaseTools extends OpenedSettings {
  readonly progress: Progress;
  /** Where `--json-events` asks for it: writes each event as a line, in the place of progress. */
  readonly showEvent?: EventWriter | undefined;
}

/** How the result of a command is wanted. */
export interface ResultOptions {
  readonly json: boolean;
  readonly jsonEvents?: boolean;
}

/** As `run` takes it. */
export function asJson({ json, jsonEvents }: ResultOptions): AsJson {
  return jsonEvents ? 'lines' : json;
}

/** Reads the settings of a job, remembers what must not be shown, and shows progress while `work` runs. Every command with a database goes this way. */
export async function withDatabase<T>(
  cli: Cli,
  options: DatabaseOptions & ResultOptions,
  job: JobName,
  work: (tools: DatabaseTools) => Promise<T>,
): Promise<T> {
  const { io, secrets } = cli;
  assertNoFunction(cli);
  return withProgress(cli, asJson(options) !== false, async (progress) => {
    const opened = await openSettings(options, job, io, isEnvNamed(cli));
    secrets.add(opened.settings);
    const settings = waiting(opened.settings, options, progress);
    return work({
      ...opened,
      settings,
      progress,
      ...(options.jsonEvents && { showEvent: showEventLines(cli) }),
    });
  });
}

/** A function is asked where `--remote` says so; its name alone does not. @throws UsageError `not-remote` */
export function assertNoFunction({ sourceOf, asCalled }: Cli): void {
  if (sourceOf('function') !== 'cli') return;
  throw new UsageError('not-remote', '--function names a deployed function, and only --remote asks one.', {
    hint: `Nothing was done. If it is meant: ${asCalled()} --remote`,
  });
}

/** Shows progress while `work` runs, and what becomes of it when a signal comes. */
export async function withProgress<T>(
  { io, secrets, stop }: Cli,
  isJson: boolean,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = await createProgress(io, { isJson, mask: secrets.mask, onStep: stop.doing });
  const end = stop.onFirst((text) => (text === undefined ? progress.end() : progress.note(text)));
  try {
    return await work(progress);
  } finally {
    end();
    progress.end();
  }
}

/** Whether somebody asked for the environment by name. */
export function isEnvNamed({ io, sourceOf }: Pick<Cli, 'io' | 'sourceOf'>): boolean {
  return sourceOf('env') === 'cli' || Boolean(io.env.REGISTRY_JOBS_ENVIRONMENT);
}

/** From now on: whoever waits 30 s waits as long in all, however many sessions there are. */
export function waiting<S extends Settings>(settings: S, { wait }: DatabaseOptions, progress: Progress): S {
  // Of a file nothing is waited for before a run: see `waitForLockMs`.
  if (wait === undefined || settings.database.kind === 'sqlite') return settings;
  const onWait = (reason: string) => progress.step(`Waiting. ${reason}`);
  return { ...settings, database: { ...settings.database, patience: { until: Date.now() + wait, onWait } } };
}

/** The same, and presents what came of it. */
export function runDatabaseCommand(
  cli: Cli,
  options: DatabaseOptions & ResultOptions,
  job: JobName,
  work: (tools: DatabaseTools) => Promise<CommandResult>,
): Promise<void> {
  return cli.run(asJson(options), () => withDatabase(cli, options, job, work));
}

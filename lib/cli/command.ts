import { type Command, InvalidArgumentError, Option } from 'commander';
import { environmentVariables } from '../contract.ts';
import { RegistryJobsError, renderError, toErrorReport, UsageError } from '../errors/error.ts';
import { redact } from '../secrets/redact.ts';
import { variableNames } from '../settings/environment.ts';
import type { SqliteSettings } from '../settings/settings.ts';
import { migrationsVariable } from '../settings/variable-names.ts';
import { parseDuration } from '../text/duration.ts';
import { visible } from '../text/visible.ts';
import type { ExitCode, Io } from './io.ts';
import { toJson } from './json.ts';
import { paint } from './paint.ts';

/** What a command came to: a report for `--json`, its text for people, and the exit code. */
export interface CommandResult {
  readonly report: unknown;
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** Whether the result is JSON, and whether each document is one line: for what writes more than one. */
export type AsJson = boolean | 'lines';

/** Runs what a command does, and presents what came of it. */
export type Run = (asJson: AsJson, work: () => Promise<CommandResult>) => Promise<void>;

/** Remembers the passwords of a run, and masks them in whatever is written. */
export interface Secrets {
  add(settings: { readonly database: { readonly password?: string } | SqliteSettings }): void;
  mask(text: string): string;
}

export function createSecrets(): Secrets {
  const passwords: string[] = [];
  return {
    add: ({ database }) => {
      if ('password' in database && database.password) passwords.push(database.password);
    },
    mask: (text) => redact(text, passwords),
  };
}

/**
 * Writes the result, or the error, the way that was asked for.
 *
 * @param tell what is done to every text of a result before it is written; errors go where it is done to all
 */
export async function present(
  io: Io,
  tell: (text: string) => string,
  asJson: AsJson,
  run: () => Promise<CommandResult>,
): Promise<ExitCode> {
  // Of lines each says what it is; a report may have a type of its own.
  const json = (type: 'report' | 'error', value: unknown) =>
    io.out(
      asJson === 'lines'
        ? `${toJson({ type, ...(value as object) }, tell)}\n`
        : `${toJson(value, tell, 2)}\n`,
    );
  try {
    const { report, text, exitCode } = await run();
    if (asJson) json('report', report);
    else if (text) io.out(`${paint(tell(text), io.hasColor)}\n`);
    return exitCode;
  } catch (error) {
    const report = toErrorReport(error);
    if (asJson) json('error', { error: report });
    else io.err(`${paint(`error: ${renderError(report)}`, io.hasColor)}\n`);
    // A fault of ours must be findable; what we throw on purpose says all there is to say.
    if (!(error instanceof RegistryJobsError) && error instanceof Error && io.env.DEBUG)
      io.err(`${visible(error.stack ?? '')}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Adds the option that chooses between the settings of environments. */
export function withEnvironmentOption(command: Command, io: Io): Command {
  return command.addOption(
    new Option('-e, --env <environment>', 'the environment whose settings are used')
      .env('REGISTRY_JOBS_ENVIRONMENT')
      .default(io.env.REGISTRY_JOBS_ENVIRONMENT ?? 'development'),
  );
}

/**
 * Adds the options of every command that opens a database. Their variables are read with all others: see {@link openSettings}. Of two long
 * names the second is the option's own: hints repeat that one.
 */
export function withDatabaseOptions(command: Command, io: Io): Command {
  return withEnvironmentOption(command, io)
    .option('--database-url <url>', 'the database, instead of what the settings say (env: DATABASE_URL)')
    .option(
      '--parameter-path <path>',
      `read the settings below this path of Parameter Store, as a function does (env: ${environmentVariables.parameterPath})`,
    )
    .option(
      '--table, --ledger <name>',
      `the table that says what is applied: schema.table (env: ${variableNames.ledger})`,
    )
    .addOption(
      new Option(
        '--wait <duration>',
        'how long to wait for a server that is not there yet, and for another run: 30s, 2min',
      ).argParser(readDuration),
    )
    .option('--json', 'write one JSON document to standard output', false);
}

/** Adds the option of commands that call the statistics functions. */
export function withStatisticsOption(command: Command): Command {
  return command.option(
    '--statistics-functions <names>',
    `the functions to call, in this order, separated by commas (env: ${variableNames.statisticsFunctions})`,
  );
}

/** Adds the option for lines of JSON. */
export function withEventsOption(command: Command): Command {
  return command.option(
    '--json-events',
    'write a line of JSON for each thing that happens, the report as the last one',
  );
}

/** Adds the option for the folder of SQL files; `lookAtNames` sets it where the command line does not. */
export function withMigrationsOption(command: Command): Command {
  return command.option(
    '-m, --migrations <folder>',
    `the folder of SQL files (env: ${migrationsVariable})`,
    'migrations',
  );
}

/** In milliseconds. @throws InvalidArgumentError for what is not a number with a unit */
export function readDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** @throws InvalidArgumentError for what is not a whole number from 1 */
export function parseCount(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('not a whole number from 1');
}

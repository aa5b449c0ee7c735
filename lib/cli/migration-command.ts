import path from 'node:path';
import type { Command } from 'commander';
import type { RunOptions } from '../engine/run.ts';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { CompileOptions } from '../migrations/folder.ts';
import { isUntouched, parseNow } from '../migrations/unparsed.ts';
import { type MigrationReport, renderMigrationReport } from '../reports/migration.ts';
import type { Settings, SqliteSettings } from '../settings/settings.ts';
import { migrationsVariable } from '../settings/variable-names.ts';
import {
  type AsJson,
  type CommandResult,
  withDatabaseOptions,
  withEventsOption,
  withMigrationsOption,
} from './command.ts';
import { asJson, assertNoFunction, type Cli, type ResultOptions, withDatabase } from './database-command.ts';
import type { Io } from './io.ts';
import type { Progress } from './progress.ts';
import { type DatabaseOptions, findSqlite } from './settings.ts';
import { showMigrations } from './show-events.ts';

/** The options of every command that has to do with migrations. */
export interface MigrationOptions extends DatabaseOptions, ResultOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
}

/** Adds a command with those options. */
export function migrationCommand({ program, io }: Cli, name: string, description: string): Command {
  return withFilesOptions(withDatabaseOptions(program.command(name).description(description), io));
}

/** The same for a command that runs files, which can be told of while they run. */
export function runningCommand(cli: Cli, name: string, description: string): Command {
  return withEventsOption(migrationCommand(cli, name, description));
}

/** Where the migrations are, and what an empty database starts with. */
export function withFilesOptions(command: Command): Command {
  return withMigrationsOption(command).option(
    '--initial-schema <file>',
    'what an empty database starts with, instead of initial_schema.sql of the folder',
  );
}

type FilesOptions = Pick<MigrationOptions, 'migrations' | 'initialSchema'>;

/** Where the files are that those options name, and what they are called in reports: as those take it who read a folder. */
export function filesOf(
  { folder }: Io,
  { migrations, initialSchema }: FilesOptions,
): [folder: string, shownAs: string, options: CompileOptions] {
  const resolve = (file: string) => path.resolve(folder, file);
  const options =
    initialSchema === undefined
      ? {}
      : { initialSchema: { file: resolve(initialSchema), shownAs: initialSchema } };
  return [resolve(migrations), migrations, options];
}

/**
 * Reads the files that those options name.
 *
 * @param database the one that they are for, where that is known: see {@link findSqlite}
 * @param later whether they are parsed only as far as the database does not have them: for a job that sees to it
 */
export function compileFiles(
  cli: Cli,
  options: FilesOptions,
  database?: SqliteSettings,
  later = false,
): Promise<CompiledMigrations> {
  return sayingWhoNamedIt(cli, async () => {
    const { compileFolder } = await import('../jobs/compile.ts');
    const [folder, shownAs, how] = filesOf(cli.io, options);
    return compileFolder(folder, shownAs, { ...how, later }, database);
  });
}

/** Runs what reads the folder; where it cannot be read, and it is a setting that names it, says which. */
export async function sayingWhoNamedIt<T>({ sourceOf }: Cli, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const source = sourceOf('migrations');
    if (!(error instanceof UsageError) || error.code !== 'no-migrations-folder') throw error;
    if (source === undefined || source === 'cli' || source === 'default') throw error;
    const place = source === 'env' ? 'the environment' : source;
    const { code, message, hint, cause } = error;
    throw new UsageError(code, `${message} It is named by ${migrationsVariable} in ${place}.`, {
      ...(hint !== undefined && { hint }),
      cause,
    });
  }
}

/** What a command works with, once files and settings are read. */
export interface MigrationTools {
  readonly compiled: CompiledMigrations;
  readonly settings: Settings;
  readonly runOptions: RunOptions;
  readonly progress: Progress;
  /** Whether the server stops when no command uses it. */
  readonly isEmbedded: boolean;
}

export interface MigrationCommandHow {
  /** @default by the options */
  readonly resultAs?: AsJson;
  /** Whether the files are parsed only as far as the database does not have them: for a job that sees to it. @default false */
  readonly later?: boolean;
}

/** Reads files and settings, shows progress while `work` runs, and presents what came of it. */
export function runMigrationCommand(
  cli: Cli,
  options: MigrationOptions,
  work: (tools: MigrationTools) => Promise<CommandResult>,
  { resultAs = asJson(options), later = false }: MigrationCommandHow = {},
): Promise<void> {
  const { io, run, version } = cli;
  return run(resultAs, async () => {
    assertNoFunction(cli);
    // Before a server is asked for anything, or started.
    const compiled = await compileFiles(cli, options, await findSqlite(options, io), later);
    const running = withDatabase(cli, options, 'migrate', ({ settings, progress, showEvent, isEmbedded }) => {
      const onEvent = showEvent ?? showMigrations(progress);
      return work({
        compiled,
        settings,
        runOptions: {
          who: io.who,
          toolVersion: version,
          onEvent,
          // Where the process is ours, which it is not in a program that calls this.
          ownProcess: io.exit !== undefined,
          ...(options.wait !== undefined && { waitForLockMs: options.wait }),
        },
        progress,
        isEmbedded,
      });
    });
    if (!later) return running;
    return running.catch(async (error: unknown) => {
      // What is wrong with the files is known without a database, and told whether there is one or not.
      if (isUntouched(compiled.migrations)) await parseNow(compiled.migrations);
      throw error;
    });
  });
}

/** The result of a command that ran files; each that was applied was told when it was. */
export function presentMigrations(report: MigrationReport): CommandResult {
  return { report, text: renderMigrationReport(report, true), exitCode: report.status === 'failed' ? 1 : 0 };
}

/**
 * Goes on only if somebody wants it: `--yes`, or an answer on the terminal.
 *
 * @throws UsageError `not-confirmed`
 */
export async function confirm({ io, asCalled }: Cli, isSure: boolean, question: string): Promise<void> {
  if (isSure) return;
  if (!io.isTerminal) {
    throw new UsageError('not-confirmed', question, {
      hint: `Nothing was done. If it is meant: ${asCalled()} --yes`,
    });
  }
  const answer = await io.ask(`${question} Go on? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new UsageError('not-confirmed', 'Nothing was done.');
}

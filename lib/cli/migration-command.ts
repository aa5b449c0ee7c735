import path from 'node:path';
import type { Command } from 'commander';
import type { RunOptions } from '../engine/run.ts';
import { UsageError } from '../errors/error.ts';
import { compileFolder } from '../jobs/compile.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type MigrationReport, renderMigrationReport } from '../reports/migration.ts';
import type { Settings } from '../settings/settings.ts';
import { type AsJson, type CommandResult, withDatabaseOptions, withMigrationsOption } from './command.ts';
import { type Cli, withDatabase } from './database-command.ts';
import type { Io } from './io.ts';
import { showEventLines } from './json-lines.ts';
import type { Progress } from './progress.ts';
import type { DatabaseOptions } from './settings.ts';
import { showMigrations } from './show-events.ts';

/** The options of every command that has to do with migrations. */
export interface MigrationOptions extends DatabaseOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly json: boolean;
  readonly jsonEvents?: boolean;
}

/** Adds a command with those options. */
export function migrationCommand({ program, io }: Cli, name: string, description: string): Command {
  return withFilesOptions(withDatabaseOptions(program.command(name).description(description), io));
}

/** The same for a command that runs files, which can be told of while they run. */
export function runningCommand(cli: Cli, name: string, description: string): Command {
  return withEventsOption(migrationCommand(cli, name, description));
}

/** Adds the option for lines of JSON. */
export function withEventsOption(command: Command): Command {
  return command.option(
    '--json-events',
    'write a line of JSON for each thing that happens, the report as the last one',
  );
}

/** Where the migrations are, and what an empty database starts with. */
export function withFilesOptions(command: Command): Command {
  return withMigrationsOption(command).option(
    '--initial-schema <file>',
    'what an empty database starts with, instead of initial_schema.sql of the folder',
  );
}

/** Reads the files that those options name. */
export function compileFiles(
  io: Io,
  { migrations, initialSchema }: Pick<MigrationOptions, 'migrations' | 'initialSchema'>,
): Promise<CompiledMigrations> {
  const resolve = (file: string) => path.resolve(io.folder, file);
  return compileFolder(resolve(migrations), migrations, {
    ...(initialSchema !== undefined && {
      initialSchema: { file: resolve(initialSchema), shownAs: initialSchema },
    }),
  });
}

/** What a command works with, once files and settings are read. */
export interface MigrationTools {
  readonly compiled: CompiledMigrations;
  readonly settings: Settings;
  readonly runOptions: RunOptions;
  readonly progress: Progress;
}

/** Reads files and settings, shows progress while `work` runs, and presents what came of it. */
export function runMigrationCommand(
  cli: Cli,
  options: MigrationOptions,
  work: (tools: MigrationTools) => Promise<CommandResult>,
  asJson: AsJson = options.json,
): Promise<void> {
  const { io, run, version } = cli;
  const { jsonEvents = false } = options;
  return run(jsonEvents ? 'lines' : asJson, async () => {
    const compiled = await compileFiles(io, options);
    const isJson = options.json || jsonEvents;
    return withDatabase(cli, { ...options, json: isJson }, 'migrate', async ({ settings, progress }) => {
      const onEvent = jsonEvents ? showEventLines(cli) : showMigrations(progress);
      const runOptions = { who: io.who, toolVersion: version, onEvent };
      const result = await work({ compiled, settings, runOptions, progress });
      return jsonEvents ? asLastLine(result) : result;
    });
  });
}

/** The report as the last of the lines. Pure. */
export function asLastLine(result: CommandResult): CommandResult {
  return { ...result, report: { type: 'report', ...(result.report as object) } };
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
export async function confirm(io: Io, isSure: boolean, question: string): Promise<void> {
  if (isSure) return;
  if (!io.isTerminal) {
    throw new UsageError('not-confirmed', question, { hint: 'Say --yes if you mean it.' });
  }
  const answer = await io.ask(`${question} Go on? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new UsageError('not-confirmed', 'Nothing was done.');
}

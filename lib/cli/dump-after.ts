import type { Command } from 'commander';
import { renderError, toErrorReport, UsageError } from '../errors/error.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandResult } from './command.ts';
import { dumpInto } from './commands/dump.ts';
import type { Cli } from './database-command.ts';
import type { Io } from './io.ts';
import { presentMigrations } from './migration-command.ts';
import { assertWritable, STANDARD_OUTPUT } from './write-file.ts';

/** Adds the option of commands that change the schema. */
export function withDumpOption(command: Command): Command {
  return command.option('--dump <file>', 'write the schema into this file afterwards, as "dump" does');
}

/**
 * Before anything runs: what would keep the schema from being written afterwards.
 *
 * @throws UsageError `no-pg-dump`, `no-output`, `not-written`
 */
export async function assertDumpable(io: Io, settings: Settings, file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const { assertDumpTools } = await import('../jobs/dump.ts');
  assertDumpTools(settings);
  if (file === STANDARD_OUTPUT)
    throw new UsageError('no-output', 'Standard output takes the report, the schema goes into a file.', {
      hint: 'Name a file, or write it afterwards: registry-jobs dump',
    });
  await assertWritable(io, file, 'text');
}

/** The result of a command that ran files; unless it failed or runs on, the schema is written after it. */
export async function presentWithDump(
  cli: Cli,
  settings: Settings,
  report: MigrationReport,
  file: string | undefined,
): Promise<CommandResult> {
  const shown = presentMigrations(report);
  if (file === undefined || report.status === 'failed' || report.status === 'running') return shown;
  try {
    const { text } = await dumpInto(cli, settings, file, {});
    return { ...shown, report: { ...report, dump: { file } }, text: `${shown.text}\n${text}` };
  } catch (error) {
    // What was applied is applied, and has to be told in any case.
    const why = toErrorReport(error);
    const text = `${shown.text}\nThe schema was not written into ${file}.\nerror: ${renderError(why)}`;
    return { report: { ...report, dump: { file, error: why } }, text, exitCode: 1 };
  }
}

import { UsageError } from '../../errors/error.ts';
import type { DumpOptions } from '../../jobs/dump.ts';
import { type DumpReport, renderDumpReport } from '../../reports/dump.ts';
import type { Settings } from '../../settings/settings.ts';
import { type CommandResult, withDatabaseOptions } from '../command.ts';
import { type Cli, runDatabaseCommand } from '../database-command.ts';
import type { DatabaseOptions } from '../settings.ts';
import { assertWritable, STANDARD_OUTPUT, writeWhole } from '../write-file.ts';

interface DumpCommandOptions extends DatabaseOptions {
  readonly file?: string;
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly json: boolean;
}

export function addDump(cli: Cli): void {
  const { program, io, stop } = cli;
  const command = program.command('dump').description('write the schema as SQL, in an order that stays');
  withDatabaseOptions(command, io)
    .option('-f, --file <file>', 'where to write it, instead of standard output')
    .option('--no-owner', 'do not say whose everything is')
    .option('--no-privileges', 'do not say who may do what')
    .addHelpText(
      'after',
      `
It is pg_dump that writes it; the npm package @electric-sql/pglite-tools carries it, so nothing
else has to be installed. Two dumps of the same schema are equal: keep one beside the migrations,
and a review shows what a file changes. The ledger is left out: what is applied is no part of the
schema. Passwords in options of what is foreign and of subscriptions are masked. It changes
nothing, waits 2 seconds for a lock at the most, and for a moment no table can be altered.

Examples:
  registry-jobs dump --file schema.sql
  registry-jobs dump --env staging --no-owner --no-privileges
  registry-jobs up --dump schema.sql`,
    )
    .action((options: DumpCommandOptions) =>
      runDatabaseCommand(cli, options, 'migrate', async ({ settings, progress }): Promise<CommandResult> => {
        const { json, owner, privileges } = options;
        const file = options.file === STANDARD_OUTPUT ? undefined : options.file;
        if (json && file === undefined)
          throw new UsageError('no-output', 'Standard output takes the schema or the JSON, not both.', {
            hint: 'Name a file for the schema: registry-jobs dump --json --file schema.sql',
          });
        if (file !== undefined) await assertWritable(io, file, 'text');
        progress.step('Reading the schema');
        const parts = { owner, privileges };
        if (file !== undefined) return { ...(await dumpInto(cli, settings, file, parts)), exitCode: 0 };
        const { dump } = await import('../../jobs/dump.ts');
        const { sql, ...report } = await stop.inOrder((signal) => dump(settings, { ...parts, signal }));
        progress.end();
        io.out(sql);
        return { report, text: '', exitCode: 0 };
      }),
    );
}

/** Writes the schema into a file, for whoever has read the settings. */
export async function dumpInto(
  { io, stop }: Cli,
  settings: Settings,
  file: string,
  parts: Pick<DumpOptions, 'owner' | 'privileges'>,
): Promise<{ report: DumpReport; text: string }> {
  const { dump } = await import('../../jobs/dump.ts');
  const { sql, ...rest } = await stop.inOrder((signal) => dump(settings, { ...parts, signal }));
  await writeWhole(io, file, sql);
  const report = { ...rest, file };
  return { report, text: renderDumpReport(report) };
}

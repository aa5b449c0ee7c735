import type { ToolLedgerName } from '../../import/ledger.ts';
import type { ImportReport } from '../../reports/import.ts';
import { renderImportReport } from '../../reports/import.ts';
import { fromVariables } from '../../settings/environment.ts';
import { whichDatabase } from '../../settings/layers.ts';
import type { Settings } from '../../settings/settings.ts';
import { type CommandResult, withDatabaseOptions } from '../command.ts';
import { type Cli, withDatabase } from '../database-command.ts';
import type { Io } from '../io.ts';
import { confirm } from '../migration-command.ts';
import type { DatabaseOptions } from '../settings.ts';
import { readTableName } from '../table-name.ts';

interface ImportCommandOptions extends DatabaseOptions {
  readonly tool?: string;
  readonly toolLedger?: string;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What of the command stays the same while it is shown, asked for and done. */
interface Call {
  readonly from: string;
  readonly to: string;
  readonly options: ImportCommandOptions;
}

export function addImport(cli: Cli): void {
  const { program, io } = cli;
  const command = program
    .command('import')
    .argument('<from>', 'the folder of the other tool')
    .argument('<to>', 'the folder for our files: new or empty')
    .description('make our files of the folder of another tool, and take over its ledger');
  withDatabaseOptions(command, io)
    .option('--tool <name>', 'the tool that the folder is for, instead of the one that it is known as')
    .option('--tool-ledger <name>', 'the table in which that tool keeps what it has applied: schema.table')
    .option('--yes', 'write it, and do not ask', false)
    .addHelpText(
      'after',
      `
Knows dbmate, goose, tern, sql-migrate, Flyway, Prisma, Diesel, Rails (structure.sql),
golang-migrate, node-pg-migrate (SQL) and Hasura. Shows which file becomes which, what is left
out and why, and asks before it writes. SQL is carried byte for byte. Nothing is overwritten, and
the folder and the table of the other tool stay as they are.

The ledger is taken over where a database is named: by --database-url, --env, or variables such
as DATABASE_URL.

Examples:
  registry-jobs import db/old db/migrations
  registry-jobs import db/old db/migrations --tool goose --yes
  registry-jobs import prisma/migrations db/migrations --env production`,
    )
    .action((from: string, to: string, options: ImportCommandOptions) => {
      const call = { from, to, options };
      return cli.run(options.json, () =>
        isDatabaseNamed(command.getOptionValueSource('env'), options, io)
          ? withDatabase(cli, options, 'migrate', ({ settings }) => work(cli, call, settings))
          : work(cli, call, undefined),
      );
    });
}

/** The database that is used by default is one for trying things out: it has no ledger of another tool. */
function isDatabaseNamed(
  envFrom: string | undefined,
  { databaseUrl }: DatabaseOptions,
  { env }: Io,
): boolean {
  const isEnvironment = envFrom === 'cli' || env.REGISTRY_JOBS_ENVIRONMENT !== undefined;
  return databaseUrl !== undefined || isEnvironment || whichDatabase(fromVariables(env)) !== undefined;
}

async function work(cli: Cli, call: Call, settings: Settings | undefined): Promise<CommandResult> {
  const { io, version } = cli;
  const { from, to, options } = call;
  const toolLedger = options.toolLedger === undefined ? undefined : readName(options.toolLedger);
  // Loaded only here: the readers of eleven tools, which no other command needs.
  const { importMigrations } = await import('../../jobs/import.ts');
  const run = (apply: boolean) =>
    importMigrations(
      {
        from,
        to,
        folder: io.folder,
        ...(options.tool !== undefined && { tool: options.tool }),
        ...(toolLedger && { toolLedger }),
        apply,
        who: io.who,
        toolVersion: version,
      },
      settings,
    );
  if (options.yes) return present(await run(true), false);
  const planned = await run(false);
  if (planned.status === 'nothing-to-do') return present(planned, false);
  if (!io.isTerminal || options.json) {
    const { report, text, exitCode } = present(planned, false);
    return { report, text: `${text}\n${renderNext(cli.asCalled(), settings)}`, exitCode };
  }
  io.err(`${renderImportReport(planned)}\n`);
  await confirm(cli, false, `This writes files into ${to}${settings ? ', and rows into the ledger' : ''}.`);
  return present(await run(true), true);
}

function present(report: ImportReport, short: boolean): CommandResult {
  return { report, text: renderImportReport(report, short), exitCode: 0 };
}

function renderNext(command: string, settings: Settings | undefined): string {
  const also = settings
    ? ''
    : `\nNo database was named, so no ledger was looked at. To take it over as well:\n  ${command} --database-url URL`;
  return `Nothing was written yet. To write it:\n  ${command} --yes${also}`;
}

/** A table without its schema may be in any. */
function readName(text: string): ToolLedgerName {
  const { schema, table } = readTableName('--tool-ledger', text);
  return text.includes('.') ? { schema, table } : { table };
}

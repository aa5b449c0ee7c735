import { Option } from 'commander';
import type { TrialServer } from '../../jobs/drift.ts';
import type { Made, ProveProgress } from '../../jobs/prove.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import type { ProveReport } from '../../reports/prove.ts';
import { renderProvePage } from '../../reports/prove-html.ts';
import { renderProveReport } from '../../reports/prove-text.ts';
import { defaultLedger } from '../../settings/ledger-name.ts';
import type { PostgresSettings } from '../../settings/settings.ts';
import { postgresOnly } from '../../settings/sqlite.ts';
import { tellCatalog } from '../catalog-file.ts';
import { asJson, type Cli, withProgress } from '../database-command.ts';
import type { ExitCode } from '../io.ts';
import { compileFiles, withFilesOptions } from '../migration-command.ts';
import type { Progress } from '../progress.ts';
import { proofFile, writeProof } from '../proof-file.ts';
import { describeProgress, detailOf, findOwn, ledgerOf, proveOnCopy } from '../prove-copy.ts';
import { openSettings } from '../settings.ts';
import { withThrowAwayServer } from '../throw-away.ts';
import { writeWhole } from '../write-file.ts';

interface ProveOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly ledger?: string;
  readonly server?: string;
  readonly on?: string;
  readonly against?: string;
  readonly againstEnv?: string;
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly record?: string | true;
  readonly catalog?: string | true;
  readonly html?: string;
  readonly complete: boolean;
  readonly json: boolean;
}

export function addProve(cli: Cli): void {
  const { program } = cli;
  const command = program
    .command('prove')
    .description('show that files can be run again, stopped anywhere, and undone, by doing it');
  withFilesOptions(command)
    .option('--ledger <name>', 'the table that says what is applied, which is not looked at: schema.table')
    .option('--server <url>', 'a server to do it on, in databases of its own, instead of the embedded one')
    .addOption(
      new Option(
        '--database-url, --on <url>',
        'a SQLite database, on a copy of which it is done (env: DATABASE_URL)',
      ).conflicts(['server', 'against', 'againstEnv']),
    )
    .option('--against <url>', 'compare with a database as well: say what is not as the files make it')
    .addOption(
      new Option('--against-env <environment>', 'the same with the one that the settings name').conflicts(
        'against',
      ),
    )
    .option('--no-owner', 'with --against: do not compare whose everything is')
    .option('--no-privileges', 'with --against: do not compare who may do what')
    .option(
      '--record [file]',
      'record what was proved, for "up --require-proof" (default: proof.json of the folder)',
    )
    .option(
      '--catalog [file]',
      'write down what the files make, for a deploy that watches for drift (default: catalog.json of the folder)',
    )
    .option('--html <file>', 'write the matrix and what was found as a page, too')
    .option('--complete', 'exit with 3 when statements had no row to work on, or stops were left out', false)
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText(
      'after',
      `
On a throw-away Postgres each file is run once, run again, stopped after each of its statements
and run again, run late, after all the others, and a pair is undone and done again. What must not
differ is the whole catalog and all data. Exits with 1 when something was found.

  once      it runs, from where the files before it have come to
  twice     run again at once, it changes nothing
  stopped   stopped after any statement, as psql does it, run again: the same
  late      run again after all the others, it changes nothing
  down      its way back comes back to where it was, and up does the same again

With --server it makes databases there, copies them, and drops them: no other is touched.
With --catalog the whole catalog is written down that the files make: a file to be kept with
them, with which a deployed job compares its database every hour.
With --against, or --against-env, the catalog of a database is compared with what the files make
that are applied there. That is read only, and nobody waits for it.
Of a SQLite database a copy in memory is taken: with its rows, and never written.

Examples:
  registry-jobs prove
  registry-jobs prove --migrations db/migrations --json
  registry-jobs prove --record --catalog
  registry-jobs prove --server postgres://postgres@localhost:5432/postgres
  registry-jobs prove --against-env production --no-owner
  registry-jobs prove --on sqlite:./index.db`,
    )
    .action((options: ProveOptions) =>
      cli.run(asJson(options), async () => {
        const { io } = cli;
        const sqlite = await findOwn(options, io);
        const compiled = await compileFiles(cli, options, sqlite);
        const { report, made } = await withProgress(
          cli,
          options.json,
          async (progress): Promise<Awaited<ReturnType<typeof proveFiles>>> =>
            sqlite
              ? { report: await proveOnCopy(cli, options, sqlite, compiled, progress) }
              : proveFiles(cli, options, compiled, progress),
        );
        const text = [
          renderProveReport(report),
          ...(await tellCatalog(cli.io, options, compiled, made)),
        ].join('\n');
        const exitCode = verdict(report, options.complete);
        if (options.html !== undefined) await writeWhole(io, options.html, renderProvePage(report));
        if (options.record === undefined) return { report, text, exitCode };
        const file = proofFile(options.migrations, options.record);
        // Half a proof is none.
        if (report.status !== 'proved') return { report, text: `${text}\nNothing was recorded.`, exitCode };
        await writeProof(io, file, compiled, report, cli.version);
        return {
          report,
          text: `${text}\nRecorded in ${file}. To run nothing else: registry-jobs up --require-proof`,
          exitCode,
        };
      }),
    );
}

async function proveFiles(
  cli: Cli,
  options: ProveOptions,
  compiled: CompiledMigrations,
  progress: Progress,
): Promise<{ readonly report: ProveReport; readonly made?: Made | undefined }> {
  progress.step(options.server === undefined ? 'Starting a Postgres' : 'Connecting');
  const onProgress = (done: ProveProgress) => progress.step(describeProgress(done), detailOf(done));
  const settings = await readAgainst(options, cli);
  const ledger = settings?.ledger ?? ledgerOf(options, defaultLedger);
  const { owner, privileges } = options;
  return cli.stop.inOrder((signal) =>
    onServer(options.server, cli, async (server) => {
      const { catalogOf, prove, proveAgainst } = await import('../../jobs/prove.ts');
      const { source, mayMakeRoles } = server;
      const common = { source, ledger, mayMakeRoles, onProgress, signal };
      const report = await (settings === undefined
        ? prove(server.settings, compiled, common)
        : proveAgainst(server, compiled, { ...common, against: { settings, owner, privileges } }));
      const isWhole = report.files.every(({ checks }) => checks.once === 'ok');
      if (options.catalog === undefined || !isWhole) return { report };
      return { report, made: await catalogOf(server.settings, compiled, { ledger, signal }) };
    }),
  );
}

/** What could not be run is no proof; what ran on no rows is none of what it does to them. */
function verdict({ status, files }: ProveReport, complete: boolean): ExitCode {
  if (status !== 'proved') return 1;
  const isPartly = files.some(({ notes }) =>
    notes.some(({ code }) => code === 'no-rows' || code === 'sampled'),
  );
  return complete && isPartly ? 3 : 0;
}

async function onServer<T>(
  url: string | undefined,
  { io, secrets }: Cli,
  use: (server: TrialServer) => Promise<T>,
): Promise<T> {
  if (url === undefined) return withThrowAwayServer(use);
  const asked = { env: 'development', databaseUrl: url, urlOption: '--server' };
  const { settings } = await openSettings(asked, 'migrate', io);
  secrets.add(settings);
  const { database } = postgresOnly(settings, 'A server of Postgres is asked for');
  return use({ settings: database, source: `the server at ${database.host}`, mayMakeRoles: false });
}

/** The settings of the database that is compared, where one is named. */
async function readAgainst(
  { against, againstEnv, ledger }: ProveOptions,
  { io, secrets }: Cli,
): Promise<PostgresSettings | undefined> {
  if (against === undefined && againstEnv === undefined) return undefined;
  const asked = {
    ...(against === undefined
      ? { env: againstEnv ?? '' }
      : { env: 'development', databaseUrl: against, urlOption: '--against' }),
    ...(ledger !== undefined && { ledger }),
  };
  const { settings } = await openSettings(asked, 'migrate', io, against === undefined);
  secrets.add(settings);
  return postgresOnly(settings, 'Catalogs of Postgres are compared');
}

import { UsageError } from '../../errors/error.ts';
import type { TrialServer } from '../../jobs/drift.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import type { Made } from '../../postgres/drift/run-files.ts';
import type { OnDatabase } from '../../postgres/prove/on-database.ts';
import { PROVE_CHECKS, type ProveReport } from '../../reports/prove.ts';
import { renderProveForGitHub } from '../../reports/prove-github.ts';
import { renderProvePage } from '../../reports/prove-html.ts';
import { renderProveReport } from '../../reports/prove-text.ts';
import { defaultLedger } from '../../settings/ledger-name.ts';
import type { PostgresSettings } from '../../settings/settings.ts';
import { postgresOnly } from '../../settings/sqlite.ts';
import { listed } from '../../text/format.ts';
import { catalogFile, tellCatalog } from '../catalog-file.ts';
import { asJson, type Cli, withProgress } from '../database-command.ts';
import type { ExitCode, Io } from '../io.ts';
import { compileFiles } from '../migration-command.ts';
import type { Progress } from '../progress.ts';
import { proofFile, writeProof } from '../proof-file.ts';
import { assertOfServer, assertOfSqlite, findOwn, ledgerOf, proveOnCopy, tellOf } from '../prove-copy.ts';
import { openOn } from '../prove-on.ts';
import { type ProveOptions, withProveOptions } from '../prove-options.ts';
import { parseChecks, parseStops, requestOf } from '../prove-scope.ts';
import { openSettings } from '../settings.ts';
import { withThrowAwayServer } from '../throw-away.ts';
import { assertWritable, writeWhole } from '../write-file.ts';

export function addProve(cli: Cli): void {
  withProveOptions(cli.program).action((files: readonly string[], options: ProveOptions) =>
    cli.run(asJson(options), async () => {
      assertWhole(files, options);
      const { io } = cli;
      await assertOutputs(io, options);
      const sqlite = await findOwn(options, io);
      if (sqlite) assertOfSqlite(sqlite, options);
      else assertOfServer(options);
      const compiled = await compileFiles(cli, options, sqlite);
      const { made, ...found } = sqlite
        ? await proveOnCopy(cli, options, sqlite, compiled, files)
        : await proveFiles(cli, options, compiled, files);
      const report = options.values
        ? found.report
        : (await import('../../jobs/prove-values.ts')).withoutValues(found.report);
      const exitCode = verdict(report, options.complete);
      const isText = options.format === 'text';
      const told = isText ? renderProveReport(report) : renderProveForGitHub(report);
      const catalog = await tellCatalog(io, options, compiled, made);
      const text = isText ? [told, ...catalog].join('\n') : told;
      if (options.html !== undefined) await writeWhole(io, options.html, renderProvePage(report));
      if (options.record === undefined) return { report, text, exitCode };
      const file = proofFile(options.migrations, options.record);
      // Half a proof is none.
      if (report.status !== 'proved')
        return { report, text: isText ? `${text}\nNothing was recorded.` : text, exitCode };
      await writeProof(io, file, compiled, report, cli.version);
      const recorded = `Recorded in ${file}. To run nothing else: registry-jobs up --require-proof`;
      return { report, text: isText ? `${text}\n${recorded}` : text, exitCode };
    }),
  );
}

/** Before anything is tried. @throws UsageError `not-written` */
async function assertOutputs(io: Io, { html, record, catalog, migrations }: ProveOptions): Promise<void> {
  if (html !== undefined) await assertWritable(io, html, 'page');
  if (record !== undefined) await assertWritable(io, proofFile(migrations, record), 'json');
  if (catalog !== undefined) await assertWritable(io, catalogFile(migrations, catalog), 'json');
}

/** @throws UsageError `part-of-proof` */
function assertWhole(files: readonly string[], options: ProveOptions): void {
  const { from, check, stops, on } = options;
  // What stands after it is its file, and none that is judged.
  for (const name of ['record', 'catalog'] as const)
    if (String(options[name]).endsWith('.sql'))
      throw new UsageError('part-of-proof', `--${name} would write over ${options[name]}.`, {
        hint: `Leave out the name of that file: registry-jobs prove --${name}`,
      });
  if (options.record === undefined) return;
  const less = [
    ...(files.length > 0 ? ['names of files'] : []),
    ...(from !== undefined ? ['--from'] : []),
    ...(check !== undefined && parseChecks(check).length < PROVE_CHECKS.length ? ['--check'] : []),
    ...(stops !== undefined && parseStops(stops) !== Infinity ? ['--stops'] : []),
    ...(on !== undefined ? ['--on'] : []),
  ];
  if (less.length === 0) return;
  throw new UsageError(
    'part-of-proof',
    `Half a proof is none: --record wants all files and all checks, without ${listed(less)}.`,
    { hint: 'Leave that out: registry-jobs prove --record' },
  );
}

async function proveFiles(
  cli: Cli,
  options: ProveOptions,
  compiled: CompiledMigrations,
  files: readonly string[],
): Promise<{ readonly report: ProveReport; readonly made?: Made | undefined }> {
  const { io } = cli;
  const { readRequest, serversFor } = await import('../../jobs/prove-request.ts');
  const asked = await readRequest(io.folder, compiled, requestOf(options, files));
  const settings = await readAgainst(options, cli);
  // Before there is a line of progress: it may have to ask.
  const opened =
    options.on === undefined ? undefined : await openOn(cli, { ...options, on: options.on }, compiled);
  const ledger = opened?.ledger ?? settings?.ledger ?? ledgerOf(options, defaultLedger);
  const { owner, privileges } = options;
  const shown = { ...asked, ledger, ...(opened && { on: opened.on }) };
  const { mostServers } = await import('../../local/most-servers.ts');
  const servers = serversFor(compiled, asked, mostServers());
  // Loaded while the server starts.
  const jobs = import('../../jobs/prove.ts');
  jobs.catch(() => {});
  return withProgress(cli, options.json, (progress) => {
    const onProgress = tellOf(progress);
    return cli.stop.inOrder((signal) =>
      onServer({ ...options, servers }, opened?.on, cli, progress, async (server) => {
        const { prove, proveAgainst } = await jobs;
        const { source, mayMakeRoles, beside = [] } = server;
        const common = { ...shown, source, mayMakeRoles, beside, onProgress, signal };
        const report = await (settings === undefined
          ? prove(server.settings, compiled, common)
          : proveAgainst(server, compiled, { ...common, against: { settings, owner, privileges } }));
        if (options.catalog === undefined || !areAllRun(report)) return { report };
        const { catalogOf } = await import('../../jobs/catalog.ts');
        return { report, made: await catalogOf(server.settings, compiled, { ledger, signal }) };
      }),
    );
  });
}

/** Whether each file has run, whatever else was found of it. */
function areAllRun({ files }: ProveReport): boolean {
  return files.every(
    ({ checks, findings }) =>
      checks.once !== 'not-shown' && findings.every(({ code }) => code !== 'once-fails'),
  );
}

/** What could not be run is no proof; what ran on no rows is none of what it does to them. */
function verdict({ status, files }: ProveReport, complete: boolean): ExitCode {
  if (status !== 'proved' && status !== 'shown') return 1;
  const isPartly =
    status === 'shown' || files.some(({ notes }) => notes.some(({ code }) => PARTLY.has(code)));
  return complete && isPartly ? 3 : 0;
}

/** Notes of what was not looked at. */
const PARTLY: ReadonlySet<string> = new Set([
  'no-rows',
  'sampled',
  'rows-not-compared',
  'roles-not-compared',
  'rows-not-loaded',
]);

async function onServer<T>(
  { server: url, data, fixtures, servers }: ProveOptions & { readonly servers: number },
  on: OnDatabase | undefined,
  { io, secrets }: Cli,
  progress: Progress,
  use: (server: TrialServer) => Promise<T>,
): Promise<T> {
  progress.step(on ? 'Copying' : url === undefined ? 'Starting a Postgres' : 'Connecting');
  if (on) {
    const { host, port, name } = on.database;
    return use({
      settings: on.settings,
      source: `copies of ${name} on ${host}:${port}`,
      mayMakeRoles: false,
    });
  }
  if (url === undefined) return withThrowAwayServer(use, { servers, isSmall: !data && !fixtures });
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

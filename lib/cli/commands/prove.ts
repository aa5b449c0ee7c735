import type { ProveProgress } from '../../jobs/prove.ts';
import type { ProveReport } from '../../reports/prove.ts';
import { renderProveReport } from '../../reports/prove-text.ts';
import { defaultLedger, parseLedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { asJson, type Cli } from '../database-command.ts';
import type { ExitCode } from '../io.ts';
import { compileFiles, withFilesOptions } from '../migration-command.ts';
import { createProgress } from '../progress.ts';
import { openSettings } from '../settings.ts';

interface ProveOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly ledger?: string;
  readonly server?: string;
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

Examples:
  registry-jobs prove
  registry-jobs prove --migrations db/migrations --json
  registry-jobs prove --server postgres://postgres@localhost:5432/postgres`,
    )
    .action((options: ProveOptions) =>
      cli.run(asJson(options), async () => {
        const compiled = await compileFiles(cli, options);
        const { io, stop, secrets } = cli;
        const progress = createProgress(io, { isJson: options.json, mask: secrets.mask, onStep: stop.doing });
        const end = stop.onFirst((text) => (text === undefined ? progress.end() : progress.note(text)));
        try {
          progress.step(options.server === undefined ? 'Starting a Postgres' : 'Connecting');
          const onProgress = (done: ProveProgress) => progress.step(describe(done), detailOf(done));
          const ledger = options.ledger === undefined ? defaultLedger : parseLedgerName(options.ledger);
          const report = await stop.inOrder((signal) =>
            onServer(options.server, cli, async (server, source) => {
              const { prove } = await import('../../jobs/prove.ts');
              const mayMakeRoles = options.server === undefined;
              return prove(server, compiled, { source, ledger, mayMakeRoles, onProgress, signal });
            }),
          );
          return {
            report,
            text: renderProveReport(report),
            exitCode: verdict(report, options.complete),
          };
        } finally {
          end();
          progress.end();
        }
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

function describe({ file, check }: ProveProgress): string {
  return check === 'set' ? 'The set as a whole' : `${file}  ${check}`;
}

function detailOf({ done, of }: ProveProgress): string {
  return done === undefined ? '' : ` ${done}/${of}`;
}

/** Data that is thrown away need not survive a crash. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
} as const;

async function onServer<T>(
  url: string | undefined,
  { io, secrets }: Cli,
  use: (server: DatabaseSettings, source: string) => Promise<T>,
): Promise<T> {
  if (url !== undefined) {
    const { settings } = await openSettings({ env: 'development', databaseUrl: url }, 'migrate', io);
    secrets.add(settings);
    return use(settings.database, `the server at ${settings.database.host}`);
  }
  // Loaded only here, since an installation that never uses it need not have it.
  const { startEmbeddedPostgres } = await import('../../local/embedded-postgres.ts');
  const server = await startEmbeddedPostgres({ settings: FAST });
  try {
    const { host, port, user, password } = server;
    const settings = {
      host,
      port,
      user,
      password,
      database: 'postgres',
      tls: { mode: 'disable' },
      connectTimeoutMs: 10_000,
    } as const;
    return await use(settings, 'an embedded server');
  } finally {
    await server.stop();
  }
}

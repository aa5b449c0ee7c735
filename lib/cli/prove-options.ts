import { type Command, Option } from 'commander';
import { withFilesOptions } from './migration-command.ts';
import { parseChecks, parseSize, parseStops } from './prove-scope.ts';

export interface ProveOptions {
  readonly migrations: string;
  readonly initialSchema?: string;
  readonly ledger?: string;
  readonly from?: string;
  /** As they were typed, so that a command that is repeated says the same: see prove-scope.ts. */
  readonly check?: string;
  readonly stops?: string;
  readonly data?: string;
  readonly fixtures?: string;
  readonly server?: string;
  readonly on?: string;
  readonly databaseUrl?: string;
  readonly rowsUpTo?: string;
  readonly yes: boolean;
  readonly against?: string;
  readonly againstEnv?: string;
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly record?: string | true;
  readonly catalog?: string | true;
  readonly html?: string;
  readonly format: 'text' | 'github';
  readonly values: boolean;
  readonly complete: boolean;
  readonly json: boolean;
}

/** Refuses a value at once, and leaves it as it was typed. */
function checkedBy(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    parse(text);
    return text;
  };
}

/** Adds the command with all of its options. */
export function withProveOptions(program: Command): Command {
  const command = program
    .command('prove')
    .argument('[files...]', 'only these are judged: names, paths or versions; those before them are applied')
    .description('show that files can be run again, stopped anywhere, and undone, by doing it');
  return withFilesOptions(command)
    .option('--from <version>', 'judge from this file on: its name, version or number')
    .option(
      '--table, --ledger <name>',
      'the table that says what is applied, which is not looked at: schema.table',
    )
    .addOption(
      new Option('--check <names>', 'only these, with commas: twice, stopped, late, down, set').argParser(
        checkedBy(parseChecks),
      ),
    )
    .addOption(
      new Option(
        '--stops <number>',
        'stop a file after so many of its statements: all, none, or a number (default: 200)',
      ).argParser(checkedBy(parseStops)),
    )
    .option('--data <file>', 'SQL with rows for the files to work on, loaded before the first that is judged')
    .option(
      '--fixtures <folder>',
      'files of rows, 003_rows.sql, each loaded after the migration of its number',
    )
    .option('--server <url>', 'a server to do it on, in databases of its own, instead of the embedded one')
    .addOption(
      new Option(
        '--on <url>',
        'do it on copies of this database, which has real sizes: a restored snapshot, or a SQLite file',
      ).conflicts('server'),
    )
    .addOption(
      new Option(
        '--database-url <url>',
        'a SQLite file that the files are for, on a copy of which it is done (env: DATABASE_URL)',
      ).conflicts(['on', 'server', 'against', 'againstEnv']),
    )
    .addOption(
      new Option(
        '--rows-up-to <size>',
        'compare the rows of tables up to this size: 1GB, all (default: 64MB with --on and a server, else all)',
      ).argParser(checkedBy(parseSize)),
    )
    .option('--yes', 'with --on: do not ask', false)
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
    .addOption(
      new Option('--format <format>', 'how what was found is written')
        .choices(['text', 'github'])
        .default('text'),
    )
    .option('--no-values', 'leave out values of rows, also where the server repeats one in an error')
    .option(
      '--complete',
      'exit with 3 when not all was looked at, or statements had no row to work on',
      false,
    )
    .option('--json', 'write one JSON document to standard output', false)
    .addHelpText('after', HELP);
}

const HELP = `
On a throw-away Postgres each file is run once, run again, stopped after each of its statements
and run again, run late, after all the others, and a pair is undone and done again. What must not
differ is the whole catalog and all data. Exits with 1 when something was found.

  once      it runs after the files before it, and leaves no sequence behind
  twice     run again at once, it changes nothing
  stopped   stopped after any statement, as psql does it, run again: the same
  late      run again after all the others, it changes nothing
  down      its way back comes back to where it was, and up does the same again
  set       all files once more, and all pairs undone and done again: the same

With --server it makes databases there, copies them, and drops them: no other is touched.
With --on it copies the database that is named, on its server, and judges the files that are not
applied there, with the time that each statement takes. One that is in use is refused. Of a
SQLite file, sqlite:./index.db, the copy is in memory, and applied pairs are undone there, too.
With --catalog the whole catalog is written down that the files make: a file to be kept with
them, with which a deployed job compares its database every hour.
With --against, or --against-env, the catalog of a database is compared with what the files make
that are applied there. That is read only, and nobody waits for it.

Examples:
  registry-jobs prove
  registry-jobs prove migrations/028_labels.sql
  registry-jobs prove --from 026 --check twice,late --format github
  registry-jobs prove --migrations db/migrations --json
  registry-jobs prove --fixtures test/rows
  registry-jobs prove --record --catalog
  registry-jobs prove --server postgres://postgres@localhost:5432/postgres
  registry-jobs prove --on postgres://postgres@localhost:5432/snapshot
  registry-jobs prove --on sqlite:./index.db
  registry-jobs prove --database-url sqlite:./index.db --fixtures test/rows
  registry-jobs prove --against-env production --no-owner`;

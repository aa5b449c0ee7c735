import { entries } from './entry.ts';

/** What only a SQLite database meets. */
export const sqliteErrors = entries({
  'bind-parameter': {
    means:
      'A statement of a file for SQLite holds `?`, `:name`, `@name` or `$name`, for which a program would give a value. SQLite takes it for NULL.',
    remedy: 'Write the value itself; a text stands in single quotes.',
    example:
      'error: migrations/1_labels.sql:1:28: ?1 stands for a value that a program gives, and nobody gives one here: it would be NULL. [bind-parameter]',
  },
  'database-busy': {
    means:
      'Another process has the SQLite database locked, and kept it so as long as was waited: five minutes before a run, unless `--wait` says otherwise, about half a minute for a file of it, and a second for who only looks.',
    remedy: 'Let it end, then run again. `fuser ./index.db` names it. Nothing of the file was kept.',
    example:
      'error: ./index.db is locked: another process is at work on it, and has not ended within the wait. [database-busy]',
  },
  'foreign-keys-violated': {
    means:
      'A file would leave rows whose foreign keys name no row; or `verify` has found such rows. Looked at are keys that the file defers, and all of them for a file with `foreign-keys off`: only those that were not there before count.',
    remedy: 'Correct the file, so that these rows come or go together with what they name.',
    example:
      'error: migrations/4_cascade.up.sql would leave foreign keys that lead nowhere: [foreign-keys-violated]',
  },
  'ledger-one-row': {
    means:
      'The ledger is the one of the operator registry, a single row with the newest version. What was asked for cannot be said in one row.',
    remedy:
      'Apply or undo in the order of the versions: `npx registry-jobs up --to VERSION`, `npx registry-jobs down --to VERSION`.',
    example:
      'error: The ledger is the one row of the operator registry, at version 13: it cannot hold version 5 apart from those before it. [ledger-one-row]',
  },
  overtaken: {
    means:
      'Two runs are at work on one SQLite database, and the other one has applied or undone something after this one was planned.',
    remedy: 'See what is applied now: `npx registry-jobs status`. Then run again.',
    example: 'error: Another run has changed the ledger of ./index.db meanwhile. [overtaken]',
  },
  'pragma-without-effect': {
    means: 'A file sets `PRAGMA foreign_keys`, which SQLite ignores inside a transaction.',
    remedy: 'Remove it, and begin the file with `-- registry-jobs: foreign-keys off`.',
    example:
      'error: migrations/4_cascade.up.sql:1:1: PRAGMA foreign_keys does nothing inside a transaction, and each migration runs in one. [pragma-without-effect]',
  },
  'sqlite-damaged': {
    means: 'SQLite finds the file damaged.',
    remedy: 'Take the last copy that is whole, or save what can be read: `sqlite3 index.db .recover`.',
    example: 'error: ./index.db is damaged, as SQLite finds. [sqlite-damaged]',
  },
  'sqlite-failed': {
    means: 'SQLite could not do what is no statement of a file, for example because the disk is full.',
    remedy:
      'The message is its own. Nothing of a file in a transaction was kept: run again when it is mended.',
    example: 'error: ./index.db: database or disk is full [sqlite-failed]',
  },
  'sqlite-read-only': {
    means:
      'This user may read the SQLite database and not write it, or not its folder, where SQLite keeps a journal. It cannot even read it where a journal or a write-ahead log with something in it lies beside it.',
    remedy: 'See whose it is: `ls -l ./index.db`. To read it, copy it with what lies beside it.',
    example: 'error: ./index.db may not be written by this user. [sqlite-read-only]',
  },
  'sqlite-full': {
    means:
      'SQLite found no room for what was to be written: the disk is full, or a quota. What was begun is rolled back, and the file is as it was.',
    remedy:
      'Make room: `df -h .` says how much there is. SQLite needs about as much again as the file takes, for a journal or a copy.',
    example: 'error: There is no room on the disk for what ./index.db would hold. [sqlite-full]',
  },
  'wrong-dialect': {
    means: 'The SQL of a file is that of another database than the one that is named.',
    remedy:
      'Name the database that the folder is for, with `--database-url`, or the folder that is for it, with `--migrations`.',
    example:
      'error: migrations/1_labels.sql:1:30: near "(": syntax error. Postgres takes this file, and ./index.db is a SQLite database. [wrong-dialect]',
  },
  'not-for-sqlite': {
    means: 'The command works on a server of Postgres, and the settings name a SQLite database.',
    remedy:
      'Name a database of Postgres with `--database-url`; [SQLite](../guides/sqlite.md) lists the commands that work on a file.',
    example:
      'error: A run is watched through the lists of a server, and ./index.db is a SQLite database. [not-for-sqlite]',
  },
  'sqlite-missing': {
    means: 'The database is a SQLite file, and this Node has no SQLite, or one without what is used here.',
    remedy: 'Run with Node 24.16 or newer; `node --version` tells which one runs.',
    example: 'error: This Node has no SQLite: a SQLite database needs Node 24.16 or newer. [sqlite-missing]',
  },
  'sqlite-open': {
    means:
      'The SQLite database cannot be opened: it is not there, may not be read, or is another kind of file.',
    remedy:
      'Name the file of a SQLite database in a folder that exists, for example: `npx registry-jobs status --database-url sqlite:./index.db`.',
    example: 'error: notes.txt is not a SQLite database. [sqlite-open]',
  },
});

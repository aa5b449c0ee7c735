import { entries } from './entry.ts';

/** What the commands for the files of operator registries meet. */
export const operatorFileErrors = entries({
  'not-an-operator-registry': {
    means: 'The SQLite file has none of the tables of an operator registry.',
    remedy: 'Name the file of one: `npx registry-jobs operators migrate index.db`.',
    example:
      'error: shop.db has no table operatorbundle: it is no operator registry. [not-an-operator-registry]',
  },
  'registry-busy': {
    means:
      'Another process writes the file of an operator registry, and went on for the five seconds that were waited; or another run of `operators create` makes it. Nothing was changed.',
    remedy:
      'Wait for it, and run the command again: `npx registry-jobs operators migrate index.db`. `fuser -v index.db` shows who has it open.',
    example:
      'error: index.db is written by another process, and was for as long as we waited. Nothing was changed. [registry-busy]',
  },
  'registry-unusable': {
    means:
      'SQLite could not read or write the file of an operator registry: it is read-only, damaged, or the disk is full. Nothing was changed.',
    remedy:
      "The message has SQLite's own words. Look whether the file is whole: `sqlite3 index.db 'PRAGMA integrity_check'`.",
    example:
      'error: index.db could not be read or written: attempt to write a readonly database. Nothing was changed. [registry-unusable]',
  },
  'registry-newer': {
    means: 'The ledger of the file names a version that is higher than the newest one that is known.',
    remedy: 'Look at the row of `schema_migrations`; a newer release of this tool may know the version.',
    example: 'error: index.db is at version 14; 13 is the newest that is known here. [registry-newer]',
  },
  'registry-older': {
    means: 'The file has an older version of the schema, and the command knows the newest one only.',
    remedy: 'Migrate it first: `npx registry-jobs operators migrate index.db`.',
    example: 'error: index.db is at version 9; repair knows version 13. [registry-older]',
  },
  'registry-shape': {
    means:
      'The ledger of the file names one version, and its tables are those of another: a migration would do what is done, or leave something out.',
    remedy:
      'Find out which of the two is right. Where it is the tables, write their version into `schema_migrations`.',
    example:
      'error: index.db says that it is at version 13, but its tables are those of version 7. [registry-shape]',
  },
  'registry-migration-failed': {
    means:
      'A step of the migration failed, or would have left rows that refer to nothing. It was rolled back.',
    remedy:
      "The message names the file of the step, and what SQLite said. Look at the data with `sqlite3 index.db 'PRAGMA foreign_key_check'`.",
  },
  'registry-repair-failed': {
    means: 'The repair failed, or would have left rows that refer to nothing. It was rolled back.',
    remedy:
      "The message says what SQLite said. Look whether the file is whole: `sqlite3 index.db 'PRAGMA integrity_check'`.",
  },
});

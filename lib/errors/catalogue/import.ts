import { entries } from './entry.ts';

/** Importing the folder of another tool. */
export const importErrors = entries({
  'ambiguous-tool': {
    means: 'The folder that is to be imported has files of more than one tool.',
    remedy: 'Say which one it is for: `npx registry-jobs import db/old db/migrations --tool goose`.',
    example:
      'error: db/old may be a folder of dbmate (line 1 of 1_labels.sql: -- migrate:up) and goose (line 1 of 2_alerts.sql: -- +goose Up). [ambiguous-tool]',
  },
  'file-not-written': {
    means: 'A file could not be written while a folder was imported. Those before it are written, and stay.',
    remedy:
      'See what stands in the way, then import again: `npx registry-jobs import db/old db/migrations`. It goes on where it stopped.',
    example: 'error: db/migrations/1_labels.up.sql could not be written (ENOSPC). [file-not-written]',
  },
  'no-tool-ledger': {
    means:
      'The table that was named with `--tool-ledger` is not in the database, or has not the columns that this tool gives to its ledger.',
    remedy:
      'Name the table in which the tool keeps what it has applied: `npx registry-jobs import db/old db/migrations --tool-ledger app.goose_db_version`.',
    example: 'error: There is no table app.goose with the columns version_id, is_applied. [no-tool-ledger]',
  },
  'not-empty': {
    means:
      'The folder that an import is to write into holds something else already, or is no folder. Nothing is ever overwritten.',
    remedy: 'Name a folder that is new or empty: `npx registry-jobs import db/old db/migrations`.',
    example: 'error: db/migrations holds other files already: 001_labels.sql. [not-empty]',
  },
  'nothing-to-import': {
    means: 'The folder holds no migration of that tool that can be carried over as SQL.',
    remedy:
      'Name the folder that has them, or the tool that it is for: `npx registry-jobs import db/old db/migrations --tool tern`.',
    example: 'error: db/old holds no migration of goose that can be carried. [nothing-to-import]',
  },
  'other-database': {
    means: 'The migrations that are to be imported are written for a database that is not Postgres.',
    remedy: 'Have the tool write them anew for Postgres, and import those.',
    example:
      'error: migration_lock.toml:3:1: These migrations are written for mysql, not for Postgres. [other-database]',
  },
  'two-ledgers': {
    means: 'The ledger of the tool whose folder is imported is in more than one schema of the database.',
    remedy:
      'Say which one counts: `npx registry-jobs import db/old db/migrations --tool-ledger app.goose_db_version`.',
    example:
      'error: goose has its ledger in app.goose_db_version and public.goose_db_version: which one counts? [two-ledgers]',
  },
  'unknown-tool': {
    means:
      'Nothing in the folder that is to be imported tells which tool it is for, or `--tool` names one that we do not know.',
    remedy:
      'Say which one it is: `npx registry-jobs import db/old db/migrations --tool dbmate`. A folder whose files are named as ours is used as it is: `npx registry-jobs up --migrations db/old`.',
    example: 'error: "liquibase" is no tool that we know. [unknown-tool]',
  },
});

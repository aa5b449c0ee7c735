import { entries } from './entry.ts';

/** The folder, the names of its files, and their bytes: wrong before any SQL is read. */
export const fileErrors = entries({
  'bad-bundle': {
    means:
      'The compiled migrations that a function or your program was given cannot be read, are damaged, or are of another version of registry-jobs.',
    remedy:
      'Compile them again with the version that reads them; for a function, deploy again: `npx cdk deploy -c env=staging`.',
    example: 'The compiled migrations cannot be read. [bad-bundle]',
  },
  'bad-file-name': {
    means:
      'A file in the folder is not named as a migration, so neither its version nor its kind is known. It is not left out silently.',
    remedy:
      'Name it `NNN_title.sql`, `R_title.sql`, or `{version}_{title}.up.sql` with `{version}_{title}.down.sql`; the next free name comes from `npx registry-jobs new "add labels"`.',
    example: "error: migrations/labels.sql is not a migration's name. [bad-file-name]",
  },
  'bad-title': {
    means: 'The title for a new file has no letter and no digit to name it by.',
    remedy: 'Say what the migration does: `npx registry-jobs new "add alert types"`.',
    example: 'error: " -!- " has no letter or digit to name a file by. [bad-title]',
  },
  'down-without-up': {
    means:
      'A down file has no up file of its version, or that version is a plain file, which only goes forward.',
    remedy: 'Add the up file, or remove the down file.',
    example: 'error: migrations/1_labels.down.sql has no up file. [down-without-up]',
  },
  'duplicate-version': {
    means: 'Two files have the same version. Versions are compared as numbers, so 1 and 001 are one.',
    remedy: 'Give one of them the next free number.',
    example:
      'error: migrations/001_labels.sql and migrations/1_alerts.sql have the same version, 1. [duplicate-version]',
  },
  'invalid-migrations': {
    means:
      'More than one thing is wrong in the files. Each is listed with a code of its own, and nothing was run.',
    remedy: 'Correct them all, then look: `npx registry-jobs plan`.',
    example: 'error: 2 problems in the migrations: [invalid-migrations]',
  },
  'no-migrations': {
    means: 'The folder holds no file that is named as a migration.',
    remedy:
      'Name the folder that does with `--migrations DIR`, or make the first file: `npx registry-jobs new "first tables"`.',
    example: 'error: migrations holds no migration. [no-migrations]',
  },
  'no-migrations-folder': {
    means: 'The folder of migrations is not there, may not be read, or was not named at all.',
    remedy:
      'Name it; relative paths count from the current folder: `npx registry-jobs up --migrations db/migrations`.',
    example: 'error: The migrations folder migrations cannot be read. [no-migrations-folder]',
  },
  'no-such-file': {
    means:
      'A file that was named cannot be read, or what has the name of a migration is a pipe, a socket or a device.',
    remedy:
      'Correct the name, for example: `npx registry-jobs up --initial-schema db/initial_schema.sql`; what is no file, remove from the folder.',
    example: 'error: db/schema.sql cannot be read. [no-such-file]',
  },
  'not-utf8': {
    means: 'A file is UTF-16, or holds bytes that are not UTF-8.',
    remedy: 'Save it as UTF-8. From Latin-1: `iconv -f latin1 -t utf-8 FILE`.',
    example:
      'error: migrations/1_labels.sql:2:1: migrations/1_labels.sql is not valid UTF-8 at byte 18. [not-utf8]',
  },
  'nul-character': {
    means: 'A file holds a NUL character, which no SQL can hold.',
    remedy: 'Remove the character at the place that is named.',
    example:
      'error: migrations/1_labels.sql:2:10: migrations/1_labels.sql holds a NUL character, which no SQL can hold. [nul-character]',
  },
  'symlink-broken': {
    means: 'A name in the folder is a link to nothing.',
    remedy: 'Remove the link, or copy the file into the folder.',
    example: 'error: 2_labels.sql in migrations is a link to nothing. [symlink-broken]',
  },
  'symlink-outside': {
    means:
      'A name in the folder is a link to a file outside of it. What a deploy runs must be what was reviewed, so it is refused.',
    remedy: 'Copy the file into the folder.',
    example: 'error: 3_labels.sql is a link that leaves migrations. [symlink-outside]',
  },
});

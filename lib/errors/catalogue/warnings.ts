import { entries } from './entry.ts';

/** Something to know that keeps nothing from running. */
export const warnings = entries({
  'answer-cut': {
    means:
      'The answer of the deployed function would have been longer than the 6 MB that Lambda takes, so parts of it were left out. The message counts them.',
    remedy: 'Ask for less: `npx registry-jobs history --limit 100 --remote`.',
  },
  'bundle-file-ignored': {
    means: 'A file of a bundle is left out: it cannot be read, or holds a second ClusterServiceVersion.',
    remedy: 'Correct it, or remove it from the folder.',
  },
  'bundle-not-recorded': {
    means:
      'Which files were run last could not be written into `schema_migrations_bundles`. The migrations ran all the same, but an older deploy will not be recognised.',
    remedy: 'Give the user of the migrations the right that the message names.',
    example:
      'Warning: Which files were run last could not be recorded: permission denied for schema public. An older deploy will not be recognised.',
  },
  'default-channel-ignored': {
    means:
      'A package has one channel, and names another one as its `defaultChannel`. Its only channel is taken.',
    remedy: 'Correct `defaultChannel`, or leave it out.',
  },
  'deployed-differs': {
    means:
      'The files in the folder here are not those that the function was deployed with. What is asked with `--remote` is about the deployed ones.',
    remedy: 'Deploy, if those here are meant: `npx cdk deploy`.',
    example: 'Warning: What is deployed is not what is in migrations: 029_labels is not deployed.',
  },
  'document-ignored': {
    means: 'A manifest holds several documents, and only the first one of a file is read.',
    remedy: 'Put each document into a file of its own.',
  },
  'down-broken': {
    means:
      'A down file cannot be run as it is: it does not parse, or holds what a migration must not. Its up file is applied all the same.',
    remedy: 'Correct it before somebody goes down across it: `npx registry-jobs down` refuses.',
    example:
      'Warning: migrations/1_labels.down.sql:1:12: syntax error at or near "labels". Only going down needs this file.',
  },
  empty: {
    means: 'A file that is applied holds no statement. It is recorded and does nothing.',
    remedy: 'See whether something is missing in it: `npx registry-jobs plan`.',
    example:
      'Warning: migrations/028_labels.sql holds no statement; it is recorded and does nothing. If that is meant, begin it with "-- registry-jobs: empty".',
  },
  'failure-not-recorded': {
    means:
      'How a file ended could not be written into the journal. Until the next run, `status --history` calls it interrupted.',
    remedy:
      'Give the user of the migrations the right that the message names; the next run puts it right: `npx registry-jobs up`.',
  },
  gap: {
    means: 'Between two plain files a number is missing. A file may have been forgotten.',
    remedy: 'Add it if it was. Nothing else is to be done.',
    example: 'Warning: Nothing between migrations/001_labels.sql and migrations/003_alerts.sql.',
  },
  'half-done': {
    means:
      'A file without a transaction stopped before its end, and these files do not have it. It is a warning where missing files are forgiven: to an older deploy, and to `resume`.',
    remedy: 'Settle it with the files that have it: `npx registry-jobs resume`.',
    example:
      'Warning: migrations/014_labels.sql runs without a transaction and stopped after statement 1 of 2.',
  },
  'kept-attached': {
    means:
      'A file was to run on in the server by itself, and cannot: something in it only works while a client waits for it. It is run while this run waits, and ends with it.',
    remedy: 'Let the run come to its end, or change what the warning names.',
    example:
      'Warning: migrations/005_load.sql does not run on in the server, since statement 2 (line 4) is or has a COPY from or to the client, who may be gone: it ends with this run.',
  },
  'late-rerun': {
    means:
      'A file runs again though newer ones are applied. What those replaced of it, it may bring back; its text does not tell.',
    remedy:
      'Look at the newer files, and run those again as well where they are plain: `npx registry-jobs up --rerun VERSION`.',
    example:
      'Warning: migrations/001_labels.sql runs again though newer files are applied: what they replaced of it, it brings back.',
  },
  'missing-file': {
    means:
      'A version is applied and these files do not have it. It is a warning where missing files are forgiven: to an older deploy, to `down` and to `resume`.',
    remedy: 'Nothing, if these files are older on purpose. See what is applied: `npx registry-jobs status`.',
    example: 'Warning: Version 014_labels is applied but has no file.',
  },
  'older-grammar': {
    means:
      'The file uses a word that newer servers keep for themselves. Only an older server takes the statement, and the server judges.',
    remedy: 'Put the word into double quotes, in lower case: then every server takes it.',
    example:
      'Warning: migrations/1_labels.sql:2:22: Postgres 16 and newer keep the word system_user for themselves and refuse this statement; only an older server takes it.',
  },
  'other-tool': {
    means:
      'The ledger has versions that another tool applied and that have no file here. They are left alone.',
    remedy: 'Nothing.',
    example:
      'Warning: 5 versions were applied by another tool and have no file: 20190101000001, 20190101000002, 20190101000003 and 2 more.',
  },
  'out-of-order': {
    means: 'A pending file has a smaller number than the newest one that is applied, and that was allowed.',
    remedy: 'Nothing, if it was meant.',
    example: 'Warning: migrations/013_labels.sql is older than migrations/014_alerts.sql, which is applied.',
  },
  'package-twice': {
    means: 'Two files describe the same package. The one that is read later counts.',
    remedy: 'Remove one of the files, or make one of both.',
  },
  renamed: {
    means:
      'A file has the text of a version that was applied under another name, where missing files are forgiven. It is not run again.',
    remedy: 'Tell the ledger: `npx registry-jobs renumber`.',
    example: 'Warning: migrations/015_labels.sql is what was applied as 014_labels; it is not run again.',
  },
  'rerun-undoes': {
    means:
      'A file that runs again defines what a newer one defined anew or dropped, and puts its older definition back.',
    remedy: 'Run after it what the warning names: `npx registry-jobs up --rerun VERSION`.',
    example:
      'Warning: migrations/001_a.sql defines f(), which migrations/002_b.sql defines anew: running it late puts the older one back.',
  },
  running: {
    means:
      'Another run is at work at this file: it holds the lock of the migrations, and its journal says so.',
    remedy: 'Wait for its end, then look again: `npx registry-jobs status`.',
  },
  'settings-disagree': {
    means:
      'Two places say different things of one setting or one database. The message says which was used, and which was not.',
    remedy: 'Take out the one that is not meant. See which database it is: `npx registry-jobs status`.',
    example:
      'Warning: DB_USER in .env.test does not agree with PGUSER there, which was used (migrator, not web).',
  },
  'transaction-understood': {
    means:
      'The file says, or shows, how it means to run in a transaction: by BEGIN and COMMIT around it, in the words of another tool, or by holding only what cannot run in one. It is run so.',
    remedy: 'Nothing. To say it in our words, see `docs/guides/writing-migrations.md`.',
    example:
      "Warning: migrations/1_labels.sql:1:1: BEGIN and COMMIT are left out: the migration's own transaction takes their place.",
  },
  subfolder: {
    means:
      'SQL files lie in folders below that of the migrations. Only the files directly in it are migrations.',
    remedy: 'Nothing, if they are put aside on purpose; otherwise move them up.',
    example:
      'Warning: SQL files in folders below migrations are not migrations, and were not read: old/1_labels.sql.',
  },
  unfinished: {
    means:
      'Another tool recorded that a plain or repeatable file was begun, and never that it ended. It runs again.',
    remedy: 'Nothing: such a file is written so that running it twice does no harm.',
    example:
      'Warning: migrations/1_labels.sql was started at 2026-10-25T01:59:00Z and never finished; it runs again.',
  },
  'unknown-setting': {
    means:
      'A variable is called like a setting of ours and is none, in the environment or in a `.env` file. It was not used.',
    remedy: 'Correct the name, or take it out: [settings](settings.md) lists all.',
    example:
      'Warning: REGISTRY_JOBS_LEGDER is set in .env.test and was not used: there is no such setting (did you mean REGISTRY_JOBS_LEDGER?).',
  },
});

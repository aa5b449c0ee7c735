import { entries } from './entry.ts';

/** Files and ledger disagree, or what was asked for cannot be done: nothing was run. */
export const planErrors = entries({
  empty: {
    means:
      'A pending file holds no statement. Recorded as applied now, it would never run when it is written; so nothing was run.',
    remedy:
      'Write what it is to do, then run again: `npx registry-jobs up`. If it is to do nothing, begin it with `-- registry-jobs: empty`.',
    example: 'error: migrations/028_labels.sql holds no statement. [empty]',
  },
  'not-proved': {
    means:
      'Only what is proved was to be run, and a file is not in the record, or it, its way back or a file before it has changed since. Nothing was run.',
    remedy: 'Prove the files as they are, and record it: `npx registry-jobs prove --record`.',
    example: 'error: migrations/028_labels.sql is not proved: it is not in the record. [not-proved]',
  },
  'part-of-proof': {
    means:
      'A record keeps what all files were shown by all checks, and `prove --record` was told to look at less. Nothing was run.',
    remedy: 'Leave out what says less: `npx registry-jobs prove --record`.',
    example:
      'error: Half a proof is none: --record wants all files and all checks, without --from. [part-of-proof]',
  },
  'no-evidence': {
    means:
      'Only what another environment has applied was to be run, and it has not applied a file, or in another text; or nobody knows what it has applied. Nothing was run.',
    remedy: 'Deploy to the other environment first, then here: `npx cdk deploy -c env=staging`.',
    example:
      'error: migrations/028_labels.sql was not applied to staging as it is now: it is not in /registry/staging/evidence. [no-evidence]',
  },
  'not-approved': {
    means:
      'Only a plan that somebody has approved was to be run, and this one is not, or the files or the ledger have changed since. Nothing of it was run.',
    remedy:
      'Look at it and approve it, with the hash that the message names: `npx registry-jobs approve 03fa3e0ba7d0e0b1 --env production`.',
    example:
      'error: The plan 03fa3e0ba7d0e0b1 is not approved: there is no parameter /registry/production/migrate/approved-plan. [not-approved]',
  },
  'no-proof': {
    means: 'The record of what was proved is not there, or is none. Nothing was run.',
    remedy: 'Prove the files, and record it: `npx registry-jobs prove --record`.',
    example: 'error: migrations/proof.json cannot be read. [no-proof]',
  },
  'another-plan': {
    means: 'Files or ledger have changed since `plan` was looked at, so its hash is another one now.',
    remedy: 'Look again, then give `up --plan` the new hash: `npx registry-jobs plan`.',
    example: 'error: The plan is 03fa3e0ba7d0e0b1 now, not 7f42245e33a7672e. [another-plan]',
  },
  'cannot-plan': {
    means:
      'More than one thing keeps the migrations from running. Each is listed with a code of its own, and nothing was run.',
    remedy: 'Settle them all, then look: `npx registry-jobs status`.',
    example: 'error: 2 things keep the migrations from running: [cannot-plan]',
  },
  'cannot-rerun': {
    means:
      'A file that `--rerun` names cannot be run again: it is not a plain file, it was applied under another name, or it comes after the version of `--to`.',
    remedy:
      'Only plain files are written to run again: write a new migration instead. Where the file was renamed, say so first: `npx registry-jobs renumber`.',
    example: 'error: migrations/2_labels.up.sql is not a plain file. [cannot-rerun]',
  },
  'cannot-resume': {
    means:
      'Where a file without a transaction stopped, `resume` cannot go on by itself. A statement may or may not be done, the statements that are done have another text now, the file is gone or asks for a transaction now, what its first statements made ended with their session, or no file stopped half way at all.',
    remedy:
      'The message says which it is, and its last line what to type. See what is known of the attempts: `npx registry-jobs status --history`.',
    example:
      'error: migrations/014_labels.sql was changed in its first 2 statements, which are done. [cannot-resume]',
  },
  dirty: {
    means:
      'The ledger of golang-migrate or Flyway says that one of its migrations failed, so `adopt` takes nothing over.',
    remedy:
      'Mend the database, and say so with that tool: its own `force` or `repair`. Then: `npx registry-jobs adopt`.',
    example: 'error: golang-migrate calls version 14 dirty: it failed half way. [dirty]',
  },
  edited: {
    means: 'A file was changed after it was applied.',
    remedy:
      'Restore it, and write a new migration for what the change was meant to do. To run a plain file again as it is now, `npx registry-jobs up --rerun VERSION`. If the change does not matter, `npx registry-jobs force VERSION`.',
    example: 'error: migrations/001_labels.sql was changed after it was applied. [edited]',
  },
  'half-done': {
    means:
      'A file without a transaction stopped before its end. What is done stays; nothing else runs until it is settled.',
    remedy:
      'Mend the database, or the rest of the file, then go on: `npx registry-jobs resume`. If you finished it by hand, `npx registry-jobs force VERSION`; if you undid it, `npx registry-jobs force VERSION --remove`.',
    example:
      'error: migrations/014_labels.sql runs without a transaction and stopped after statement 1 of 2. [half-done]',
  },
  irreversible: {
    means:
      'A migration cannot be undone: it is a plain file, it has no down file, or its header says `irreversible`. Nothing was undone.',
    remedy: 'Write its down file, or a new migration that undoes it: `npx registry-jobs new "drop labels"`.',
    example: 'error: migrations/014_labels.sql is a plain file; it only goes forward. [irreversible]',
  },
  'missing-file': {
    means:
      'A version that we applied has no file. The files may be those of another branch, or of another database.',
    remedy:
      'Restore the file, or deploy the version of the code that has it. If it is gone for good, forget it: `npx registry-jobs force VERSION --remove`.',
    example: 'error: Version 014_labels is applied but has no file. [missing-file]',
  },
  'not-adopted': {
    means:
      'A pending file has the number of a version that another tool applied, so it would run a second time.',
    remedy:
      'Give the file another number, or see what taking over the ledger of that tool would do: `npx registry-jobs adopt`.',
    example: 'error: migrations/002_labels.sql has the number of 002, which Flyway applied. [not-adopted]',
  },
  'out-of-order': {
    means: 'A pending file has a smaller number than the newest one that is applied.',
    remedy: 'Give it the next free number, or allow it: `npx registry-jobs up --out-of-order`.',
    example:
      'error: migrations/013_labels.sql is older than migrations/014_alerts.sql, which is applied. [out-of-order]',
  },
  renamed: {
    means: 'A file has the text of a version that was applied under another name.',
    remedy:
      'Give it its old name again; or, if it was renamed on purpose, tell the ledger: `npx registry-jobs renumber`.',
    example: 'error: migrations/015_labels.sql is what was applied as 014_labels. [renamed]',
  },
  'two-versions': {
    means: "Two rows of another tool's ledger, such as 14 and 014, mean the same file.",
    remedy: 'Delete the wrong row from the table that is named, then: `npx registry-jobs adopt`.',
    example:
      'error: migrations/014_labels.sql has the number of two applied versions: 014 and 14. [two-versions]',
  },
  unfinished: {
    means: 'Another tool recorded that a version was begun, and never that it ended.',
    remedy:
      'See what it left in the database. If it is complete, `npx registry-jobs force VERSION`; if it has to run, `npx registry-jobs force VERSION --remove`.',
    example:
      'error: migrations/14_labels.up.sql was started at 2026-10-25T01:59:00Z and never finished. [unfinished]',
  },
  'unknown-version': {
    means:
      'There is no migration of that version or number, or it has no number, so that nothing comes before or after it.',
    remedy: 'See the versions: `npx registry-jobs status`.',
    example: 'error: There is no migration 99. [unknown-version]',
  },
});

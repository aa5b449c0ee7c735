import { entries } from './entry.ts';

/** A migration was begun, and something went wrong. The report says what is kept. */
export const runErrors = entries({
  'dump-failed': {
    means:
      'The schema could not be read by pg_dump: this user may not read a table, somebody holds a lock on one, or the server is newer than it. Nothing was changed.',
    remedy:
      'The detail is in the words of pg_dump. It has to read every table that it describes: grant that, or name a user who may.',
    example: 'error: pg_dump could not read the schema of shop on localhost:5432 as web. [dump-failed]',
  },
  'live-database': {
    means:
      'The database that `prove --on` was given is in use, or follows a live one: it can be copied only while nobody is in it, and nobody could connect meanwhile. Nothing was done.',
    remedy:
      'Name a snapshot that was restored for this: `npx registry-jobs prove --on postgres://me@localhost/snapshot`.',
    example:
      'error: shop on localhost:5432 as me is in use, as a live one is: 1 other session, pid 4711 (web, shop). [live-database]',
  },
  'no-copies': {
    means:
      'The user of `prove --on` may not create databases there, or may not copy this one. Nothing was done.',
    remedy:
      'Let it: `ALTER ROLE me CREATEDB;` and, where the database is not its own, `GRANT owner TO me;` as an administrator of that server.',
    example:
      'error: shop on localhost:5432 as me cannot be copied: this role may not create databases. [no-copies]',
  },
  'no-room': {
    means:
      'The server on which `prove` tries the files could not write any more. That says nothing of the files, so nothing was shown.',
    remedy:
      'Make room there. Where the server was started for it, name a folder with room: `TMPDIR=/path/to/folder npx registry-jobs prove`.',
    example:
      'error: The server of the trials has no more room: could not extend file "base/16384/16385": No space left on device (SQLSTATE 53100) [no-room]',
  },
  'rows-failed': {
    means: 'A file of `prove --data` or `--fixtures` could not be loaded. Nothing was shown.',
    remedy:
      'Correct it, or have it loaded after the file that makes what it needs, by its name in the folder of `npx registry-jobs prove --fixtures rows`.',
    example: 'rows/002_labels.sql:1:13: relation "labels" does not exist (SQLSTATE 42P01) [rows-failed]',
  },
  'committing-failed': {
    means:
      'The statements worked, and `COMMIT` failed: mostly a deferred constraint that does not hold. Nothing of the file was kept.',
    remedy: 'Correct the file, then run again: `npx registry-jobs up`.',
    example:
      'migrations/1_labels.sql:1:1: While committing migrations/1_labels.sql: insert or update on table "b" violates foreign key constraint "b_a_fkey" (SQLSTATE 23503) [committing-failed]',
  },
  'bad-since': {
    means: 'The moment since which a run is called again is none: it has to be UTC, ISO 8601.',
    remedy: 'Give what the first report of the run has as `at`, as it is.',
  },
  'cancel-denied': {
    means:
      'A run is at work in another process of the server, and this user may not cancel it, or may not see which one it is.',
    remedy: 'Cancel it as the user who runs it, or grant what the message names: `npx registry-jobs cancel`.',
    example:
      'The process 4711 of the server cannot be cancelled: permission denied to cancel query. [cancel-denied]',
  },
  'cannot-detach': {
    means:
      'A file expects to take longer than there is time left, and it cannot run on in the server by itself: something in it only works while a client waits for it. Nothing of it was begun; what was applied before it stays.',
    remedy:
      'Change what the message names, or run the file where more time is allowed: `npx registry-jobs up` from a machine in the network of the database.',
    example: `migrations/005_load.sql:4:1: migrations/005_load.sql was not started: less time is left than it expects to take, and it cannot run on in the server, since statement 2 (line 4) is or has a COPY from or to the client, who may be gone. [cannot-detach]`,
  },
  'connection-lost': {
    means:
      'The session ended in the middle: somebody terminated it, the server stopped, or the network broke. Where a migration was at work, a second session has looked at what was kept, and the report says it.',
    remedy:
      'Find out what ended the session, then run again; a file without a transaction that was begun goes on with `npx registry-jobs resume`. See where it stands: `npx registry-jobs status`.',
    example:
      'migrations/1_labels.sql:1:1: The connection was lost: Connection terminated unexpectedly [connection-lost]',
  },
  'expectation-failed': {
    means: 'A query of `-- expect:` gave something else than it should. Nothing of the file was kept.',
    remedy: 'Correct the migration, or what it expects, then run again: `npx registry-jobs up`.',
    example: `migrations/1_labels.sql:3:3: The query should give [[0]], but found [[2]]. [expectation-failed]
3 |   -- expect: select count(*) from labels => 0
  |   ^`,
  },
  'half-detached': {
    means:
      'A `DETACH PARTITION ... CONCURRENTLY` was interrupted, and nobody finished it. `verify` finds such partitions.',
    remedy: 'Finish it with the statement that the message ends in, then look: `npx registry-jobs verify`.',
    example: 'The partition t1 of t is half detached: nobody finished that. [half-detached]',
  },
  interrupted: {
    means:
      'The session of a file that ran on in the server ended before it could say how: somebody ended it, the server was restarted or crashed, its client was lost in a way that ends it, or its COMMIT was refused. A file in a transaction left nothing.',
    remedy:
      'Look into the log of the server at that time, then run again: `npx registry-jobs up`. A file without a transaction goes on with `npx registry-jobs resume`.',
    example:
      'The session of migrations/005_long.sql ended before it could say how: somebody ended it, the server was restarted or crashed, or its COMMIT was refused. [interrupted]',
  },
  'invalid-index': {
    means:
      'A concurrent build of an index failed and left the index invalid: it costs writes and answers no query. `verify` finds such indexes, and no file is recorded as applied over one.',
    remedy:
      'See whether somebody builds it at this moment. If not, drop it with `DROP INDEX CONCURRENTLY`; in a file that stopped there, go on: `npx registry-jobs resume`.',
    example: 'The index labels_title on labels is invalid: a concurrent build of it failed. [invalid-index]',
  },
  'lock-lost': {
    means:
      'When the file came to its end, its session did not hold the lock of the migrations any more: a statement of the file released it, or a pooler moved us to another server process. A file in a transaction was rolled back.',
    remedy:
      'Remove what releases advisory locks from the file, then run again. After a `DISCARD ALL` in a file without a transaction, go on: `npx registry-jobs resume`.',
    example:
      'migrations/1_labels.sql:1:1: migrations/1_labels.sql released the migration lock. (SQLSTATE RJ001) [lock-lost]',
  },
  'out-of-time': {
    means:
      'What was next was not started, because the time of this run is used up, or less is left than the file says it takes. What was done before stays.',
    remedy:
      'Run again: it goes on from there. Where there is too little time, let the server end the file by itself, from a machine in the network of the database: `npx registry-jobs up --env production --detach`.',
    example: 'migrations/014_labels.sql was not started: the time for this run is used up. [out-of-time]',
  },
  'ledger-in-file': {
    means:
      'The file makes a table of the name under which registry-jobs records what is applied, in another shape: a dump of a database that another tool migrates has one. Nothing of the file was kept.',
    remedy:
      'Leave the table out of the file, or give the ledger another name: `npx registry-jobs up --ledger public.registry_jobs_migrations`.',
  },
  'outcome-unknown': {
    means: 'The connection was lost, and the server could not be asked what it had kept.',
    remedy:
      'When the server answers again, look: the ledger knows what is applied, and the journal how far a file without a transaction came: `npx registry-jobs status --history`.',
    example:
      'The connection was lost: Connection terminated unexpectedly. Whether migrations/1_labels.sql was kept is not known. [outcome-unknown]',
  },
  'preparing-failed': {
    means:
      'Something failed around the statements of the file: its transaction could not begin, or its settings could not be made or taken back.',
    remedy: 'Take away what the message names, then run again: `npx registry-jobs up`.',
  },
  'recording-failed': {
    means:
      'The statements of the file worked, but its row could not be written into ledger or journal. Nothing of it was kept.',
    remedy: 'Take away what the message names, then run again: `npx registry-jobs up`.',
  },
  'server-error': {
    means:
      'Postgres refused a statement of ours, and no other code says more. The message and the SQLSTATE are its own.',
    remedy: 'Look the SQLSTATE up in the manual of Postgres, and take away what the message names.',
  },
  'session-lost': {
    means:
      'A file was applied, and after it the session could not be used any more, so the next one was not begun.',
    remedy: 'Run again: it goes on from there: `npx registry-jobs up`.',
    example: 'After migrations/1_labels.sql the session could not be used any more. [session-lost]',
  },
  'statement-failed': {
    means:
      'Postgres refused a statement of the file. The message is its own, with file, line and column. A file in a transaction left nothing; without one, the statements before it stay.',
    remedy:
      'Correct the file, then run again; a file without a transaction goes on with `npx registry-jobs resume`, any other with `npx registry-jobs up`.',
    example: `migrations/028_labels.sql:3:58: column "titel" does not exist (SQLSTATE 42703) [statement-failed]
3 | create index if not exists labels_title on labels (lower(titel));
  |                                                          ^`,
  },
  stopped: {
    means:
      'Somebody asked the run to stop: Ctrl-C, a signal, or the `signal` of a program that calls the library. The running statement was cancelled and its transaction rolled back; the report says what was done before.',
    remedy:
      'Run again when you want to: it goes on from there. A file without a transaction that was begun goes on with `npx registry-jobs resume`.',
    example: 'migrations/1_labels.sql:1:1: Stopped by SIGINT in the middle of this statement. [stopped]',
  },
  unexpected: {
    means: 'Something failed that was not foreseen: a fault of registry-jobs, or of the machine.',
    remedy: 'See where it came from, and report it: `DEBUG=1 npx registry-jobs status`.',
  },
});

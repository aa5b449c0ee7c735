import { entries } from './entry.ts';

/** The ledger, the journal, and the lock that lets one run at a time into them. */
export const ledgerErrors = entries({
  'foreign-ledger': {
    means:
      'The table that has the name of the ledger has not its columns: another tool made it, or it is something else.',
    remedy:
      'Name another table with `--ledger schema.table`. If it is the ledger of a migration tool, see what taking it over would do: `npx registry-jobs adopt`. Where `adopt` does not know the tool, rename that table, then: `npx registry-jobs baseline VERSION`.',
    example:
      'error: public.schema_migrations is not our ledger: its column version is bigint. [foreign-ledger]',
  },
  'ledger-of-another-tool': {
    means:
      'Nothing is recorded as applied here, and a table is there in which another migration tool keeps what it has applied, which `adopt` does not read.',
    remedy:
      'Where `import` knows the tool, it makes our files of its folder and takes its ledger over: `npx registry-jobs import old migrations`. Otherwise write what was applied as files, and say how far that goes: `npx registry-jobs baseline VERSION`.',
    example:
      'error: goose_db_version is there, in which goose keeps what it has applied. adopt does not read it, and nothing is recorded as applied here. [ledger-of-another-tool]',
  },
  'journal-failed': {
    means:
      'The row that is written before an attempt begins could not be written, so nothing of the file was run.',
    remedy:
      'Mend `schema_migrations_journal`, or grant what the message names, then run again: `npx registry-jobs up`.',
    example:
      'The journal cannot be written: permission denied for table schema_migrations_journal (SQLSTATE 42501) [journal-failed]',
  },
  'catalog-changing': {
    means:
      'The catalog of a database could not be read for `prove --against` or `verify --deep`: at each of twenty looks something that had just been there was gone. Nothing was changed.',
    remedy: 'Try again when fewer tables and views are made and dropped there.',
    example:
      'error: The catalog of shop on localhost:5432 as web changes faster than it can be read: could not open relation with OID 16434 [catalog-changing]',
  },
  'catalog-locked': {
    means:
      'The catalog of a database could not be read for `prove --against` or `verify --deep`: the text of a view asks for its tables, and somebody holds a lock on one that keeps even readers out. It was waited for 2 seconds.',
    remedy:
      'Try again when the session that the message names has ended. Nothing was changed, and nobody had to wait.',
    example:
      'error: The catalog of shop on localhost:5432 as web cannot be read: public.orders is locked by pid 4711 (deploy, psql), whose transaction has been open for 12 s: alter table orders add note text. [catalog-locked]',
  },
  'catalog-slow': {
    means:
      'The catalog of a database was not read within a minute, for `prove --against` or `verify --deep`. Nothing was changed.',
    remedy: 'Try again when the server has less to do.',
    example:
      'error: The catalog of shop on localhost:5432 as web was not read within 60 seconds. [catalog-slow]',
  },
  'ledger-denied': {
    means: 'The user of the database may not read the ledger or its journal.',
    remedy: 'Let the owner of the table run the GRANT that the last line of the message names.',
    example:
      'error: The ledger cannot be read: permission denied for table schema_migrations (SQLSTATE 42501) [ledger-denied]',
  },
  'ledger-elsewhere': {
    means:
      'There is no ledger, or one without a row, where one is looked for, but another schema has a table of that name with rows. To go on would apply everything again.',
    remedy:
      'Say which one it is, here or with `REGISTRY_JOBS_LEDGER`, or with the parameter `ledger`: `npx registry-jobs up --ledger app.schema_migrations`.',
    example:
      'error: There is no public.schema_migrations, but there is app.schema_migrations: which is the ledger? [ledger-elsewhere]',
  },
  'ledger-failed': {
    means: 'The ledger could not be made, completed or changed. No migration was run.',
    remedy:
      'Take away what the message names: a right that is missing, or a schema that does not exist. Then run again: `npx registry-jobs up`.',
    example:
      'error: The ledger cannot be prepared: permission denied for schema public (SQLSTATE 42501) [ledger-failed]',
  },
  'ledger-locked': {
    means:
      'Somebody keeps even readers out of the ledger. After two seconds it was given up, and the message says who it is.',
    remedy: 'Wait for that session to end, then try again: `npx registry-jobs status`.',
    example:
      'error: The ledger is locked by pid 4711 (psql), for 12 s: lock table schema_migrations. (SQLSTATE 55P03) [ledger-locked]',
  },
  'ledger-unreadable': {
    means:
      'The hourly job could not compare the ledger with the migrations of its deploy, so it does not say how many are pending. This is told in its log only, as `migrations-unknown`.',
    remedy:
      'Let the owner of the table grant `SELECT` on it to the user of the job; the last line of the message has the statement.',
    example:
      'The ledger cannot be read: permission denied for table schema_migrations (SQLSTATE 42501) [ledger-unreadable]',
  },
  locked: {
    means:
      'Another run holds the lock of the migrations on this database. A run waits five minutes for it unless it has less time, a command that only writes the ledger waits one, and `reset` does not wait.',
    remedy:
      'Wait for it to end and try again; end its session only if you know that it hangs. See what it does: `npx registry-jobs watch`.',
    example: 'error: A migration is running on this database. [locked]',
  },
  'read-only-server': {
    means: 'The server is a replica that only reads, so nothing can be applied there.',
    remedy: 'Connect to the primary server.',
    example: 'error: 127.0.0.1 is a read-only replica. [read-only-server]',
  },
  'server-too-old': {
    means: 'The server is older than Postgres 13, and lacks what the migrations rely on.',
    remedy: 'Upgrade the server.',
    example: 'error: The server is Postgres 12.22; we need 13 or newer. [server-too-old]',
  },
});

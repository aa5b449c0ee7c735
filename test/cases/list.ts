/** The cases that the migration engine answers: what happens, and what must come of it. Each has exactly one test. */
export const cases = {
  // Discovery
  D1: ['two files with one version, 1_a beside 001_b', 'error that names both'],
  D2: ['a plain file beside an up file of one version', 'error that names both'],
  D3: ['a plain file', 'its version in the ledger is its stem'],
  D4: ['a pair', 'its version in the ledger is its number'],
  D5: ['version 2^64-1', 'applied, last of all, and undone'],
  D6: ['version 2^64', 'error'],
  D7: ['9 and 10, 201909251211 and 20191021125829', 'applied in the order of numbers'],
  D8: ['a down file without an up file, or beside a plain one', 'error'],
  D9: ['down over an up file without a down file', 'refused by name, nothing undone'],
  D10: ['a gap in the numbers', 'applied, with a warning'],
  D11: ['a file older than the newest applied one', 'error; applied with --out-of-order'],
  D12: ['a file renamed after it was applied', 'error that offers renumber; renumber follows it'],
  D13: ['a file edited after it was applied, plain or pair', 'error, nothing runs'],
  D14: ['up --rerun', 'runs an edited plain file again; refuses a pair'],
  D15: ['a version that we applied has no file', 'error for up, nothing runs'],
  D16: ['an older bundle on a newer database', 'warning'],
  D17: ['bad names', 'error for each, all at once'],
  D18: ['dotfiles, READMEs, folders', 'ignored'],
  D19: ['a link that leaves the folder', 'error, wrong use'],
  D20: ['a link to nothing', 'error, wrong use'],
  D21: ['an empty folder', 'error, wrong use'],
  D22: ['a folder that is not there', 'error, wrong use'],
  D23: ['up and down in one file, as dbmate, goose, tern, node-pg-migrate have it', 'error at the line'],

  // Bytes
  B1: ['a UTF-8 byte-order mark', 'dropped; one checksum with and without'],
  B2: ['CRLF and LF', 'one checksum, and right line numbers'],
  B3: ['bytes that are not UTF-8', 'error with the offset'],
  B4: ['UTF-16, of either order', 'error'],
  B5: ['a NUL character', 'error at its place'],
  B6: ['an emoji before an error of the parser or the server', 'does not shift the column'],
  B7: ['no final semicolon, no final newline', 'works'],
  B8: ['a line of 5 MB', 'works'],
  B9: ['an empty file, a file of comments', 'refused, unless it says so; a pair is recorded, with a warning'],
  B10: ['a character that is not what it looks like, or cannot be seen', 'named, at its place'],
  B11: ['the same in a string, a comment or a quoted name', 'kept as it is'],

  // Lexing
  L1: ['$tag$ quotes, nested tags, a$b$c', 'as Postgres reads them'],
  L2: [`E'', U&'', "" and ''`, 'as Postgres reads them'],
  L3: [`'\\' is a whole string`, 'as Postgres reads it'],
  L4: ['nested comments, -- and ; in strings', 'as Postgres reads them'],
  L5: ['BEGIN ATOMIC ... END', 'one statement'],
  L6: ['CREATE RULE with several actions', 'one statement'],
  L7: [';; and blanks', 'nothing'],
  L8: ['a quote or comment without an end', 'error at its beginning'],
  L9: ['$1 in a body; $1 as a parameter', 'works; error at its place'],
  L10: ['a string continued after a comment, UESCAPE beside comments', 'as Postgres reads them'],
  L11: ['names that became keywords after Postgres 15', 'left to the server, with a warning'],
  L12: ['a mistake beside such names and comments', 'error at its place'],
  L13: ['thousands of operators or parentheses in one expression', 'error at the statement'],
  L14: ['20,000 rows of VALUES, 20,000 values of IN', 'works'],

  // psql
  P1: ['\\restrict and \\unrestrict of pg_dump', 'ignored'],
  P2: ['any other line of psql', 'error at its line, before any file runs'],
  P3: ['COPY ... FROM stdin with inline data', 'streamed; ; and -- and $$ in it are data'],
  P4: ['COPY data that the server refuses', 'error at the line of the row'],
  P5: ['COPY without data, or whose data does not end', 'error at the statement'],
  P6: ['COPY with a semicolon in its options, comments in it and after it', 'streamed'],
  P7: ['a command or a variable of psql inside a line', 'error at its place, before any file runs'],

  // Transactions
  T1: ['a file that fails at its end', 'nothing kept, no row; one transaction with the row otherwise'],
  T2: ['the directive "transaction off"', 'each statement in a transaction of its own'],
  T3: ['the directive inside a string or a body', 'is none'],
  T4: ['BEGIN, COMMIT, ROLLBACK', 'error that names line and directive'],
  T5: ['savepoints', 'work'],
  T6: ['what Postgres refuses in a transaction, without the directive', 'error for each'],
  T7: ['the same with the directive', 'run one by one'],
  T8: ['CALL of a procedure that commits', 'error that explains; works with the directive'],
  T9: ['REFRESH MATERIALIZED VIEW CONCURRENTLY', 'works inside'],
  T10: ['a new enum value used in its transaction', 'error that explains'],
  T11: ['a deferred constraint that fails at COMMIT', 'failed, in the journal too; nothing kept'],
  T12: ['PREPARE TRANSACTION', 'error'],
  T13: ['connection lost with the answer to COMMIT', 'the ledger says: applied'],
  T14: ['connection lost with the flight', 'the ledger says: failed, nothing kept'],
  T15: ['a file without a transaction fails half way', 'recorded; up refuses, resume goes on there'],
  T16: ['CREATE INDEX CONCURRENTLY fails half way', 'the invalid index is dropped and built again'],
  T17: ['IF NOT EXISTS over an invalid index', 'built anew, or failed; never recorded over it'],
  T18: [
    'CREATE INDEX CONCURRENTLY without a name fails half way',
    'what it left is known by its shape, dropped and built again',
  ],
  T19: ['resume after the done part was changed', 'error; force settles it'],
  T20: [
    'DETACH CONCURRENTLY, CLUSTER, REINDEX SCHEMA, subscriptions ...',
    'error for each, without the directive',
  ],
  T21: ['a subscription without a slot on the other server', 'made and dropped inside a transaction'],

  // Session hygiene
  S1: ['what a file leaves in its session', 'does not reach the next file'],
  S2: ['the same from a file without a transaction', 'does not reach the next file'],
  S3: ['a search_path with another schema_migrations in it', 'our ledger gets the row'],
  S4: ['SET ROLE and SET SESSION AUTHORIZATION to one without rights', 'recorded all the same'],
  S5: ['a file that unlocks our lock', 'noticed: nothing of it kept, the run stops'],
  S6: ['DISCARD ALL without a transaction, which unlocks too', 'noticed, the run stops'],

  // Runners at once
  R1: ['50 runners on an empty database', 'each file once, all exit clean'],
  R2: ['a runner killed in the middle of a statement', 'the next run is right'],
  R3: ['killed after the SQL, before the row in the ledger', 'nothing kept; the next run is right'],
  R4: ['killed between two files', 'the first stays; the next run goes on'],
  R5: ['a retry while the first still runs', 'waits, then finds nothing to do'],
  R6: ['lock_timeout', 'the whole transaction again; says who is in the way'],
  R7: ['lock_timeout, again and again', 'bounded, with growing pauses and jitter'],
  R8: ['two ledgers in one database', 'locks and rows of their own'],
  R9: ['less time left than a file expects to take', 'not started'],
  R10: ['a transaction pooler in between', 'refused with the reason'],
  R11: ['a read-only replica', 'refused with the reason'],
  R12: ['a server older than 13', 'refused with its version'],

  // Ledgers met in the wild
  G1: ['schema_migrations of Rails, its versions without files', 'a warning; up works'],
  G2: ['Rails, versions that are numbers of our files', 'up refuses; adopt shows, then does; up works'],
  G3: ['Rails with started_at and finished_at', 'times kept by adopt; up works'],
  G4: ['golang-migrate', 'up refuses; adopt keeps its table; up works'],
  G5: ['golang-migrate, dirty', 'adopt refuses'],
  G6: ['Flyway', 'up refuses; adopt leaves its table; up works'],
  G7: ['Flyway with a failed version', 'adopt refuses'],
  G8: ['dbmate', 'up refuses; adopt; up works'],
  G9: ['a table of nobody we know', 'up and adopt refuse'],
  G11: ['golang-migrate at a version above 2^53', 'read digit by digit'],
  G12: ['golang-migrate after its down -all', 'adopt keeps its table; up applies all'],
  G13: [
    'Flyway with undone and deleted versions, and a baseline',
    'what it undid is pending, the rest applied',
  ],
  G14: ['two applied versions for one file, 14 and 014', 'adopt refuses and names both'],
  G10: ['a row with finished_at that a failed file wrote', 'not believed, in a transaction or without'],

  // Output
  O1: ['NOTICE and WARNING', 'shown with file and line'],
  O2: ['a flood of notices', 'bounded, and counted'],
  O3: ['the password, in errors and SQL', 'nowhere'],
  O9: ['what looks like a secret in the files, in errors, plan and JSON', 'masked'],
  O10: ['a password in the statement of another session that is in the way', 'masked'],
  O4: ['status and plan while a migration runs', 'neither write nor wait'],
  O5: ['--json', 'one document, for success and for errors'],
  O6: ['exit codes', '0 done, 1 failed, 2 wrong use, 3 pending'],
  O7: ['no CREATE on schema public', 'says which grant'],
  O8: ['no rights on the ledger', 'says which grant'],

  // Commands and directives
  C1: ['baseline', 'records without running; up goes on after it'],
  C2: ['force and force --remove', 'records, forgets; runs nothing'],
  C3: ['verify', 'edited file and invalid index found, exit 1; else 0'],
  C4: ['a repeatable file', 'last, and again when it changed'],
  C5: ['initial_schema.sql into an empty database', 'loaded once, first, and recorded'],
  C6: ['initial_schema.sql into one with tables', 'not loaded'],
  C7: ['expectations that hold: NULL, numbers, text, order of columns', 'applied'],
  C8: ['expectations that do not', 'error at the line, nothing kept'],
  C9: ['plan, then up --plan', 'runs exactly that, or refuses'],
  C10: ['what undoes, overrules or writes the ledger, without --yes', 'shown or refused, nothing done'],
  C11: ['redo', 'undone and applied again'],
  C12: ['status --history', 'who, when, how far, and why it failed'],
  C13: ['a failure after an initial schema that brings a ledger', 'what was loaded is told'],

  // An application of Rails, with files that write their own rows
  K1: ['a dump of Rails and files that write their times', 'unchanged, each once, times right'],
  K2: ['the second run', 'nothing to do, nothing written'],

  // There and back
  V1: ['three pairs: up, down to the first, up again', 'the catalog is equal'],

  // What is told
  W1: ['down, the second of two fails', 'the first is called undone, not applied'],
  W2: ['redo, its way up fails', 'called undone; up puts it right, a second redo would not'],
  W3: ['down with nothing to undo', 'says after which version nothing is applied'],
  W4: ['up --to with more pending', 'says up to where, and how many are left'],
  W5: ['half done, after 0 and 1 statements', 'says what stays done, and the command that goes on'],
  W6: ['resume of a down file that is gone', 'refused by its name; the up file does not run'],
  W7: ['resume of a file that asks for a transaction now', 'refused; nothing runs twice'],
  W8: ['resume --from, resume VERSION', 'goes on from there; refused where there is no such statement'],
  W9: ['a file that stopped half way and is gone', 'up refuses by name; force --remove settles it'],
  W10: ['up --rerun of what is unknown, a number, pending', 'error; understood; applied'],
  W11: ['a version that does not exist, for every command that takes one', 'error unknown-version'],
  W12: ['force --remove on a half-done file', 'settled; up runs it again'],
  W13: ['times in JSON and text', 'ISO 8601 in UTC with Z'],
  W14: ['durations over a change of the clock, in any zone', 'right'],
  W15: ['a ledger whose times have a zone', 'the same moments'],
  W16: ['status of a renamed file', 'renamed, with the command; not out of order'],
  W17: ['two files or two versions of one text', 'renumber does not guess, and nobody says it would'],
  W19: ['what became of the file that stopped the run', 'rolled back, not started, or not known'],
  W18: ['verify', 'counts what was compared, and says what was not'],
} as const satisfies Readonly<Record<string, readonly [what: string, expectation: string]>>;

export type CaseId = keyof typeof cases;

/** Only Postgres reads its own dialect of SQL and that of psql. */
const ITS_LANGUAGE = [
  'L1',
  'L2',
  'L3',
  'L4',
  'L5',
  'L6',
  'L7',
  'L8',
  'L9',
  'L10',
  'L11',
  'L12',
  'L13',
] as const;
const ITS_PROGRAMS = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'] as const;
/** It has statements that are no transaction by themselves, and procedures that commit. */
const ITS_TRANSACTIONS = [
  'T2',
  'T6',
  'T7',
  'T8',
  'T9',
  'T10',
  'T12',
  'T15',
  'T16',
  'T17',
  'T18',
  'T20',
  'T21',
] as const;
/** It is a server: with sessions, roles, schemas, locks that are waited for, a network in between, and notices. */
const ITS_SERVER = [
  ...(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'T13', 'T14', 'R6', 'R7', 'R10', 'R11', 'R12'] as const),
  ...(['O1', 'O2', 'O3', 'O10', 'O7', 'O8', 'W5', 'W15'] as const),
] as const;
/** Tools that write their ledger into no other database. */
const ITS_TOOLS = ['G1', 'G2', 'G3', 'G6', 'G7', 'G13', 'K1', 'K2'] as const;

/** Written with types, functions and catalogs that only it has; test/sqlite asks the same of SQLite. */
const ITS_CATALOG = [
  ...(['C3', 'C7', 'C8', 'C9', 'C12', 'L14', 'T3', 'T11', 'V1', 'W1', 'W2', 'W14', 'W19', 'O5'] as const),
] as const;
/** Runs that wait for one lock, are ended by the server, or sleep in it; test/sqlite has those of files. */
const ITS_RUNNERS = ['R1', 'R2', 'R3', 'R4', 'R5', 'R8', 'O4'] as const;

/** Cases that are asked of Postgres alone; every other one is asked of each dialect. */
export const postgresOnly: ReadonlySet<CaseId> = new Set<CaseId>([
  ...ITS_LANGUAGE,
  ...ITS_PROGRAMS,
  ...ITS_TRANSACTIONS,
  ...ITS_SERVER,
  ...ITS_TOOLS,
  ...ITS_CATALOG,
  ...ITS_RUNNERS,
]);

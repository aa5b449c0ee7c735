import { entries } from './entry.ts';

/** What is found in the text of a file before anything runs: each names file, line and column. */
export const sqlErrors = entries({
  'bad-expectation': {
    means:
      'A comment `-- expect:` is not one SELECT, `=>` and what it gives as JSON; or it stands in a file without a transaction, where nothing could be undone.',
    remedy: 'Write it on one line: `-- expect: select count(*) from labels => 3`.',
    example: `error: migrations/028_labels.sql:2:1: What is expected is not JSON: one [bad-expectation]
2 | -- expect: select count(*) from labels => one
  | ^`,
  },
  'copy-unterminated': {
    means: 'The data of a `COPY ... FROM stdin` goes on to the end of the file.',
    remedy: 'End the data with a line that holds only `\\.`.',
    example: `error: migrations/028_labels.sql:2:1: The data of COPY ... FROM stdin does not end. [copy-unterminated]
2 | copy labels from stdin;
  | ^`,
  },
  'copy-without-data': {
    means: 'A `COPY ... FROM stdin` has no data: something else stands after its semicolon.',
    remedy: 'Begin the data on the next line, and end it with a line that holds only `\\.`.',
    example: `error: migrations/028_labels.sql:1:1: COPY ... FROM stdin has no data after it. [copy-without-data]
1 | copy labels from stdin; analyze labels;
  | ^`,
  },
  'late-directive': {
    means: 'A line `-- registry-jobs: ...` stands after a statement, where it would come too late.',
    remedy: 'Move it to the top of the file.',
    example: `error: migrations/028_labels.sql:2:1: A directive stands after a statement. [late-directive]
2 | -- registry-jobs: lock-timeout 5s
  | ^`,
  },
  'needs-no-transaction': {
    means: 'Postgres refuses this statement inside a transaction, and each migration runs in one.',
    remedy:
      'Put it into a file of its own whose first line is `-- registry-jobs: transaction off`. Instead of `DISCARD ALL`, which would release the lock of the migrations, write what is needed of it, such as `RESET ALL`.',
    example: `error: migrations/028_labels.sql:1:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction, and each migration runs in one. [needs-no-transaction]
1 | create index concurrently labels_title on labels (title);
  | ^`,
  },
  'odd-character': {
    means:
      'The statement cannot be parsed, and a character in it looks like another one, or like nothing: a no-break or zero-width space, a curly quote, a byte-order mark inside the file.',
    remedy: 'Write the ordinary character there. The column points at it.',
    example: `error: migrations/028_labels.sql:1:19: Here stands a no-break space (U+00A0), and syntax error at or near "column". [odd-character]
1 | alter table labels add column note text;
  |                   ^`,
  },
  'psql-command': {
    means:
      'A line is a command of psql, such as `\\i`, `\\copy` or `\\gexec`. The server knows none of them.',
    remedy: 'Remove the line, or write what it does in SQL.',
    example: `error: migrations/028_labels.sql:1:1: \\i is a command of psql, not SQL. [psql-command]
1 | \\i labels.sql
  | ^`,
  },
  'psql-variable': {
    means: 'A variable of psql stands in the statement, such as `:title`. Only psql puts values into those.',
    remedy: 'Write its value there.',
    example: `error: migrations/028_labels.sql:1:36: :'title' is a variable of psql, not SQL. [psql-variable]
1 | select * from labels where title = :'title';
  |                                    ^`,
  },
  'syntax-error': {
    means: 'The grammar of Postgres does not take this statement. The message is its own; nothing was run.',
    remedy: 'Correct the statement.',
    example: `error: migrations/028_labels.sql:2:27: syntax error at or near "o" [syntax-error]
2 | create index labels_title o labels (title);
  |                           ^`,
  },
  'too-deep': {
    means: 'An expression has thousands of operators in a chain, or thousands of parentheses.',
    remedy: 'Split it: concatenate in several steps, or put the values into rows of `VALUES`.',
    example:
      'error: migrations/028_labels.sql:1:1: This statement is nested too deeply to be parsed: thousands of operators in a chain, or of parentheses. [too-deep]',
  },
  'too-large': {
    means: 'One statement is larger than the parser can take: 64 million characters, or 10 million tokens.',
    remedy:
      'Split it into several, or give its rows to `COPY ... FROM stdin;` with the data on the lines after it.',
    example: 'error: migrations/028_labels.sql:3:2: This statement is too large to be parsed. [too-large]',
  },
  'transaction-control': {
    means:
      'The file begins or ends a transaction by itself: `BEGIN`, `COMMIT`, `ROLLBACK` and their like. Each file already runs in one transaction; with `transaction off` each statement runs by itself, so savepoints are refused outside of `BEGIN ... COMMIT`.',
    remedy: 'Remove the statement.',
    example: `error: migrations/028_labels.sql:1:1: BEGIN is not allowed: each migration already runs in one transaction. [transaction-control]
1 | begin;
  | ^`,
  },
  'unknown-directive': {
    means:
      'A line `-- registry-jobs: ...` says something that is not known, or gives it a value that it does not take.',
    remedy:
      'Write one of `transaction off`, `lock-timeout 5s`, `statement-timeout 10min`, `expected-duration 20min`, `detach on`, `irreversible`, `empty`.',
    example: `error: migrations/028_labels.sql:1:1: There is no directive "lock-timout 5s". [unknown-directive]
1 | -- registry-jobs: lock-timout 5s
  | ^`,
  },
  'way-back-inside': {
    means:
      'The file holds the way forward and the way back, as dbmate, goose, node-pg-migrate and tern write it. Both would be run.',
    remedy: 'Split it into `VERSION_title.up.sql` and `VERSION_title.down.sql`.',
    example: `error: migrations/028_labels.sql:3:1: Below this line another tool keeps the way back, which would be run as well. [way-back-inside]
3 | -- migrate:down
  | ^`,
  },
});

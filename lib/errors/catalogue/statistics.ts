import { entries } from './entry.ts';

/** The hourly job and what belongs to it. A function that failed does not stop the others. */
export const statisticsErrors = entries({
  'audit-failed': {
    means: 'The comparison of the statistics with the tables did not come to its end. Nothing was changed.',
    remedy:
      'The last line of the message says whether the migrations, a grant or a function is at fault. Then: `npx registry-jobs audit`.',
    example:
      'error: The audit failed: function statistics_capture_is_on(text) does not exist (SQLSTATE 42883) [audit-failed]',
  },
  'function-blocked': {
    means:
      'Another transaction was in the way of a statistics function, at every try: a lock, a deadlock or a serialization failure.',
    remedy: 'The next run tries again; to try now: `npx registry-jobs refresh`.',
    example: 'count_files: deadlock detected (SQLSTATE 40P01) [function-blocked]',
  },
  'function-cancelled': {
    means: 'Somebody cancelled a statistics function; its own time was not used up.',
    remedy: 'Find out who cancelled it. The next run tries again; to try now: `npx registry-jobs refresh`.',
    example: 'count_files: canceling statement due to user request (SQLSTATE 57014) [function-cancelled]',
  },
  'function-failed': {
    means:
      'A statistics function raised an error. Its own work was rolled back; the other functions are called all the same.',
    remedy: 'Correct the function, then try: `npx registry-jobs refresh`.',
    example: 'broken: no more room (SQLSTATE P0001) [function-failed]',
  },
  'no-such-function': {
    means: 'The database has no function of that name without arguments.',
    remedy: 'Correct the list of statistics functions, or apply the migrations: `npx registry-jobs up`.',
    example: 'There is no function count_files() without arguments. (SQLSTATE 42883) [no-such-function]',
  },
  'not-allowed': {
    means: 'The user of the job may not call a statistics function, or the function may not do what it does.',
    remedy:
      'Let the owner say `SELECT grant_statistics_to(user)`, or `GRANT EXECUTE` for a function of your own; inside of the function, grant the right to the role that it runs as.',
    example: 'count_files: permission denied for function count_files (SQLSTATE 42501) [not-allowed]',
  },
  'not-callable': {
    means:
      'The name is that of something that `SELECT name()` cannot call, such as a procedure or an aggregate.',
    remedy: 'Correct the list of statistics functions: each is called without arguments and returns 1 or 0.',
    example: 'count_files() cannot be called: count_files() is a procedure (SQLSTATE 42809) [not-callable]',
  },
  'not-committed': {
    means: 'The server rolled the work of a statistics function back where it should have committed it.',
    remedy: 'The next run tries again; to try now: `npx registry-jobs refresh`.',
    example: 'The work of count_files was rolled back. [not-committed]',
  },
  'rebuild-failed': {
    means: 'Counting all statistics anew did not come to its end. Nothing was changed.',
    remedy:
      'The last line of the message says whether the migrations, a grant or a function is at fault. Then: `npx registry-jobs rebuild`.',
    example:
      'error: The rebuild failed: permission denied for function rebuild_statistics (SQLSTATE 42501) [rebuild-failed]',
  },
  'report-failed': {
    means:
      'What the page shows could not be read: the migrations are not applied, or the user may not read the statistics.',
    remedy:
      'Let the owner of the tables say `SELECT grant_statistics_to(user)`, or apply the migrations: `npx registry-jobs up`.',
    example:
      'error: The report could not be read: permission denied for table work_item_counts (SQLSTATE 42501) [report-failed]',
  },
  'session-hangs': {
    means:
      'A statistics function lost its session, and the server is still at work for it: another one beside it would do the work twice.',
    remedy: 'See in `pg_stat_activity` what it does. When it has ended: `npx registry-jobs refresh`.',
    example: 'error: The lost session, pid 4242, is still at work. [session-hangs]',
  },
  'timed-out': {
    means: 'A statistics function, an audit or a rebuild took longer than it may. Its work was rolled back.',
    remedy:
      'See what blocks or slows it. The next run calls the function again; an audit or a rebuild takes more time on request: `npx registry-jobs audit --timeout 2h`.',
    example: 'error: The audit did not finish within 200 ms. (SQLSTATE 57014) [timed-out]',
  },
});

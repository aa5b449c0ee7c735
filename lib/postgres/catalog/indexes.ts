/**
 * SQL that is true while nobody else works at an index: whoever builds one concurrently, or rebuilds it, has this lock on its table from
 * the beginning almost to the end, and then has only to commit what it has written into the row of the catalog. Everybody may see locks;
 * what is in progress only the same user and a monitor may. A look may be older than the locks that it sees: see {@link lasting}.
 *
 * @param row SQL for the row of the catalog
 * @param tables SQL for the oids of the table, and of the one whose TOAST table it is
 */
export function nobodyElseBuilds(row: string, ...tables: readonly string[]): string {
  return `(NOT EXISTS (SELECT FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
    WHERE l.locktype = 'relation' AND l.relation IN (${tables.join(', ')}) AND l.granted
      AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid())
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'transactionid' AND l.granted
      AND l.transactionid = ${row}.xmax AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()))`;
}

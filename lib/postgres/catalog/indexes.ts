/**
 * SQL that is true while nobody else works at an index: whoever builds one concurrently, or rebuilds it, has this lock on its table from
 * the beginning to the end. Everybody may see locks; what is in progress only the same user and a monitor may.
 *
 * @param tables SQL for the oids of the table, and of the one whose TOAST table it is
 */
export function nobodyElseBuilds(...tables: readonly string[]): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
    WHERE l.locktype = 'relation' AND l.relation IN (${tables.join(', ')}) AND l.granted
      AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid())`;
}

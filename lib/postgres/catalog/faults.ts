import type { ErrorCode } from '../../errors/catalogue.ts';
import { type ErrorReport, RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import type { Connection } from '../session/connection.ts';
import { nobodyElseBuilds } from './indexes.ts';

const INVALID_INDEXES = `SELECT i.indexrelid::pg_catalog.regclass::text AS index, i.indrelid::pg_catalog.regclass::text AS table
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_' AND ${nobodyElseBuilds('i', 'i.indrelid')} ORDER BY 1`;

/** Somebody who is detaching it at this moment waits with this lock. */
const HALF_DETACHED = `SELECT h.inhrelid::pg_catalog.regclass::text AS partition, h.inhparent::pg_catalog.regclass::text AS parent
  FROM pg_catalog.pg_inherits h WHERE h.inhdetachpending AND ${nobodyElseBuilds('h', 'h.inhparent')} ORDER BY 1`;

/** Only these detach concurrently. */
const DETACHES_SINCE = 14;

/** What a statement that was interrupted has left in the catalog, and nobody is at work at: invalid indexes, partitions half detached. */
export async function findFaults(connection: Connection): Promise<ErrorReport[]> {
  const [invalid, detached] = await Promise.all([
    connection.send(INVALID_INDEXES),
    Number.parseInt(connection.serverVersion, 10) >= DETACHES_SINCE
      ? connection.send(HALF_DETACHED)
      : { rows: [] },
  ]);
  return [
    ...invalid.rows.map(({ index, table }) =>
      fault(
        'invalid-index',
        `The index ${index} on ${table} is invalid: a concurrent build of it failed.`,
        `Drop it and build it again: DROP INDEX CONCURRENTLY ${index}`,
      ),
    ),
    ...detached.rows.map(({ partition, parent }) =>
      fault(
        'half-detached',
        `The partition ${partition} of ${parent} is half detached: nobody finished that.`,
        `Finish it: ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE`,
      ),
    ),
  ];
}

function fault(code: ErrorCode, message: string, hint: string): ErrorReport {
  return toErrorReport(new RegistryJobsError(code, message, { hint }));
}

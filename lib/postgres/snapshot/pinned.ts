import type { Connection, QueryResult } from '../session/connection.ts';

/** A session, as far as it is asked. */
export type Asked = Pick<Connection, 'send' | 'serverVersion'> & Partial<Pick<Connection, 'serverEncoding'>>;

export interface PinnedOptions {
  /**
   * Whether the session is in a transaction: its changes are then seen. It must be said, since one that is not known of is undone.
   * @default false: the look has a transaction of its own
   */
  readonly inTransaction?: boolean;
  /** How long the server may take for it, in milliseconds. @default as long as it takes */
  readonly statementTimeoutMs?: number;
  /** How long each answer may stay out, in milliseconds: see `SendOptions`. @default it is answered at once */
  readonly mayTakeMs?: number;
}

/**
 * What the text of a definition depends on, and what makes the query slow: none of it is as the session has it. All of it ends with the
 * savepoint or the transaction.
 */
const PINNED = [
  // Who has become somebody else may not be allowed to look.
  'SET LOCAL SESSION AUTHORIZATION DEFAULT',
  'SET LOCAL ROLE NONE',
  ...Object.entries({
    search_path: 'pg_catalog, pg_temp',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    bytea_output: 'hex',
    extra_float_digits: '1',
    lc_monetary: 'C',
    quote_all_identifiers: 'off',
    xmlbinary: 'base64',
    standard_conforming_strings: 'on',
    jit: 'off',
    plan_cache_mode: 'auto',
    max_parallel_workers_per_gather: '0',
  }).map(([name, value]) => `SET LOCAL ${name} = ${name === 'search_path' ? value : `'${value}'`}`),
].join('; ');

/** Sends statements that see the catalog as it is and nothing of the session. In one flight. */
export async function pinned(
  connection: Asked,
  { inTransaction = false, statementTimeoutMs = 0, mayTakeMs }: PinnedOptions,
  statements: readonly string[],
): Promise<[QueryResult, ...QueryResult[]]> {
  const [begin, end] = inTransaction ? WITHIN : ALONE;
  const limit = `SET LOCAL statement_timeout = ${statementTimeoutMs}`;
  const sent = [`${begin}; ${PINNED}; ${limit}`, ...statements, end].map((sql) =>
    connection.send(sql, { ...(mayTakeMs !== undefined && { mayTakeMs }) }),
  );
  // Each is answered, and what failed first is why the others did.
  const answers = await Promise.allSettled(sent);
  const failed = answers.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return (await Promise.all(sent)).slice(1, -1) as [QueryResult, ...QueryResult[]];
}

const WITHIN = [
  'SAVEPOINT registry_jobs_catalog',
  'ROLLBACK TO SAVEPOINT registry_jobs_catalog; RELEASE SAVEPOINT registry_jobs_catalog',
] as const;
const ALONE = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'ROLLBACK'] as const;

import type { Script } from '../../migrations/script/statement.ts';
import type { ProveLock, ProveTiming } from '../../reports/prove.ts';
import type { Connection, QueryResult } from '../session/connection.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { sqlNameOf } from './capture.ts';

/** From the weakest on: those that a reader or a writer of the table does not feel are left out. */
const MODES = [
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** One row at least: when a statement has ended. */
const HELD = `SELECT l.relation::text AS oid, l.mode, now.at FROM (SELECT ${inMs('statement_timestamp')} AS at) now
  LEFT JOIN pg_catalog.pg_locks l ON l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation >= ${FIRST_OWN_OID}
    AND l.mode IN (${MODES.map((mode) => `'${mode}'`).join(', ')})`;

const NOW = `SELECT ${inMs('clock_timestamp')} AS at`;

/** Tables and what is stored for them: a table that is written anew has another file. */
const tablesSql = (
  leaveOut: readonly TableName[],
) => `SELECT c.oid::text AS oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    pg_catalog.pg_relation_filenode(c.oid)::text AS file, GREATEST(c.reltuples, 0)::bigint::text AS rows,
    pg_catalog.pg_total_relation_size(c.oid)::text AS bytes ${fromTables(leaveOut)}`;

/** Their files alone: to ask for sizes is to look at every file. */
const filesSql = (leaveOut: readonly TableName[]) =>
  `SELECT c.oid::text AS oid, pg_catalog.pg_relation_filenode(c.oid)::text AS file ${fromTables(leaveOut)}`;

const fromTables = (leaveOut: readonly TableName[]) => `
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid >= ${FIRST_OWN_OID} AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
    AND pg_catalog.format('%I.%I', n.nspname, c.relname) <> ALL (ARRAY[${leaveOut
      .filter(({ rowsOnly }) => !rowsOnly)
      .map(sqlNameOf)
      .join(', ')}]::text[])`;

interface Table {
  readonly name: string;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Looks, while a file runs in its transaction, which locks it holds on tables that were there before. */
export interface LockWatch {
  /** Sent right after a statement, in the same flight. */
  readonly after: (index: number) => Promise<unknown>;
  /** Sent right before the first statement, for how long that takes. */
  readonly begin: () => Promise<unknown>;
  /** How long each statement took, by the clock of the server. */
  timings(): ProveTiming[];
  /** What was held until now: asked in the transaction, at its end. */
  held(): Promise<ProveLock[]>;
}

/** Begins to look: before the file runs. */
export async function watchLocks(
  connection: Connection,
  script: Script,
  leaveOut: readonly TableName[],
): Promise<LockWatch> {
  const found = await connection.send(tablesSql(leaveOut));
  const before = new Map(found.rows.map((row) => [String(row.oid), tableOf(row)]));
  const looks: (QueryResult | undefined)[] = [];
  let began: number | undefined;
  return {
    begin: () =>
      connection.send(NOW).then(({ rows }) => {
        began = timeOf(rows[0]);
      }),
    after: (index) => connection.send(HELD).then((found) => (looks[index] = found)),
    timings: () => {
      let last = began;
      return looks.flatMap((look, index) => {
        const at = timeOf(look?.rows[0]);
        const ms = at !== undefined && last !== undefined ? Math.max(0, at - last) : undefined;
        last = at;
        return ms === undefined
          ? []
          : [{ statement: index + 1, line: script.statements[index]?.line ?? 0, ms }];
      });
    },
    held: async () => {
      const [files, now] = await Promise.all([connection.send(filesSql(leaveOut)), connection.send(NOW)]);
      const after = new Map(files.rows.map(({ oid, file }) => [String(oid), String(file)]));
      // By the clock of the server, which may be another one than ours.
      const end = timeOf(now.rows[0]) ?? 0;
      const strongest = new Map<string, ProveLock & { readonly rank: number }>();
      for (const [index, look] of looks.entries()) {
        // It waits for nobody here, so it has the lock about as long as it has been at work.
        const from = index === 0 ? began : timeOf(looks[index - 1]?.rows[0]);
        for (const row of look?.rows ?? []) {
          const oid = String(row.oid);
          const table = before.get(oid);
          const rank = MODES.indexOf(String(row.mode));
          if (!table || (strongest.get(oid)?.rank ?? -1) >= rank) continue;
          strongest.set(oid, {
            table: table.name,
            mode: String(row.mode).replace(/Lock$/, ''),
            statement: index + 1,
            line: script.statements[index]?.line ?? 0,
            heldMs: Math.max(0, end - (from ?? end)),
            rows: table.rows,
            bytes: table.bytes,
            rewrites: after.has(oid) && after.get(oid) !== table.file,
            rank,
          });
        }
      }
      return [...strongest.values()].map(({ rank: _, ...lock }) => lock).sort(byName);
    },
  };
}

function tableOf(row: Record<string, unknown>): Table {
  const { name, file, rows, bytes } = row;
  return { name: String(name), file: String(file), rows: Number(rows), bytes: Number(bytes) };
}

function timeOf(row: Record<string, unknown> | undefined): number | undefined {
  return row && Number(row.at);
}

/** SQL for a time by the clock of the server, in milliseconds since the epoch with their fractions. */
function inMs(clock: string): string {
  return `(extract(epoch FROM pg_catalog.${clock}()) * 1000)::pg_catalog.float8`;
}

function byName(one: ProveLock, other: ProveLock): number {
  return one.table < other.table ? -1 : 1;
}

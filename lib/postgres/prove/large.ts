import type { Script } from '../../migrations/script/statement.ts';
import type { ProveNote } from '../../reports/prove.ts';
import { describeUncompared } from '../../reports/prove-notes.ts';
import type { Connection } from '../session/connection.ts';
import type { TableName } from '../snapshot/left-out.ts';
import { FIRST_OWN_OID } from '../snapshot/object-query.ts';
import { placeOf } from './findings.ts';
import { sendPrepared } from './prepared.ts';
import { writtenRows } from './written.ts';

/** What of large tables was not looked at while a file was tried. */
export interface NotCompared {
  readonly notes: ProveNote[];
  /** Whether a trial has written to one, so that nobody knows whether it holds the same. */
  readonly isWritten: boolean;
  /** Whether the second of two whole runs has: where it has not, the rows are as after the first. */
  readonly isWrittenAgain: boolean;
}

/** Looks in a transaction which tables were written to, whether or not that was undone. */
export interface LargeWatch {
  /** Sent when a transaction has begun: until it is over the counters go on from what the one before it has left. */
  begin(connection: Connection): Promise<void>;
  /** Which were since the last look in this transaction. */
  peek(connection: Connection): Promise<ReadonlySet<string>>;
  /** Tells of the second of two whole runs what it has written to. */
  again(names: ReadonlySet<string>): void;
  /** Tells that no transaction could be looked at. */
  lost(): void;
}

/** Tables that are too large for all of their rows to be summed up after each trial, and which of them a file has written to. */
export interface LargeTables {
  readonly leaveOut: readonly TableName[];
  /** Absent where no table is too large. */
  readonly watch?: LargeWatch;
  /** What was not looked at since this was asked last. */
  take(script: Script): NotCompared;
}

export const NO_LARGE_TABLES: LargeTables = {
  leaveOut: [],
  take: () => ({ notes: [], isWritten: false, isWrittenAgain: false }),
};

/**
 * Finds the tables whose rows take more than so many bytes. That one was written to is told by the counters of the transaction, which count
 * what was undone as well, and by the file that its rows are in.
 */
export async function findLargeTables(connection: Connection, upTo: number): Promise<LargeTables> {
  if (upTo === Infinity) return NO_LARGE_TABLES;
  const { rows } = await sendPrepared(connection, largeSql(upTo));
  if (rows.length === 0) return NO_LARGE_TABLES;
  const names = rows.map(({ name }) => String(name));
  const [written, again] = [new Set<string>(), new Set<string>()];
  let last: readonly string[] = [];
  let isLost = false;
  const sql = stateSql(rows.map(({ oid }) => String(oid)));
  const look = async (one: Connection) => (await one.send(sql)).rows.map(({ state }) => String(state));
  return {
    leaveOut: rows.map(({ schema, table }) => ({
      ...{ schema: String(schema), table: String(table) },
      rowsOnly: true,
    })),
    watch: {
      begin: async (one) => {
        last = await look(one);
      },
      peek: async (one) => {
        const states = await look(one);
        const before = last;
        last = states;
        const changed = names.filter(
          (_, index) => states[index] !== before[index] || states[index] === 'unknown',
        );
        for (const name of changed) written.add(name);
        return new Set(changed);
      },
      again: (more) => {
        for (const name of more) again.add(name);
      },
      lost: () => {
        isLost = true;
      },
    },
    take: (script) => {
      // Without a transaction there are no counters to be asked in time.
      const isKnown = script.directives.transaction && !isLost;
      const notes = rows.flatMap(({ bytes }, index) => {
        const name = names[index] ?? '';
        return isKnown && !written.has(name) ? [] : [notCompared(script, name, Number(bytes), isKnown)];
      });
      const taken = { notes, isWritten: notes.length > 0, isWrittenAgain: !isKnown || again.size > 0 };
      written.clear();
      again.clear();
      isLost = false;
      return taken;
    },
  };
}

function notCompared(script: Script, name: string, bytes: number, isKnown: boolean): ProveNote {
  const message = describeUncompared(name, bytes, isKnown);
  return { code: 'rows-not-compared', message, of: name, location: placeOf(script, 0).location };
}

const largeSql = (
  upTo: number,
) => `SELECT c.oid::text AS oid, pg_catalog.pg_relation_filenode(c.oid)::text AS file, n.nspname AS schema, c.relname AS "table",
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, pg_catalog.pg_table_size(c.oid)::text AS bytes
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.oid >= ${FIRST_OWN_OID} AND n.nspname <> 'information_schema'
    AND pg_catalog.pg_table_size(c.oid) > ${upTo} ORDER BY name`;

/** The file of each, and how often it was written to in this transaction. */
function stateSql(oids: readonly string[]): string {
  return `SELECT CASE WHEN pg_catalog.current_setting('track_counts') = 'on'
        THEN pg_catalog.concat(pg_catalog.pg_relation_filenode(l.oid), ' ', ${writtenRows('l.oid')}) ELSE 'unknown' END AS state
    FROM (VALUES ${oids.map((oid, index) => `(${index}, ${oid}::pg_catalog.oid)`).join(', ')}) l(index, oid) ORDER BY l.index`;
}

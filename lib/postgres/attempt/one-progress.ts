import type { RunningChecksum } from '../../migrations/script/done-checksum.ts';
import type { Begun } from '../../plan/known.ts';
import { quoteLiteral } from '../identifiers.ts';
import { journalTable } from '../ledger/journal.ts';
import { guardSql } from './flight.ts';
import type { FlightOptions } from './flight-types.ts';
import { keepOursSql, keepSessionSql, keptSession } from './session-state.ts';

/** How far a file without a transaction has come, here and in the journal. */
export interface Progress {
  /** How many statements are done, and on record as done. */
  done(): number;
  /** Whether the statement after those may have done part of its work. */
  isUncertain(): boolean;
  /** Statements for one transaction that puts on record that another one is done; to be followed by {@link step} when it is committed. */
  stepSql(index: number, maySetSession: boolean): string[];
  /** The same for a statement that is about to begin: it may be done in part, or leave something if it is interrupted. */
  beginSql(about: { readonly uncertain: true } | Begun): string[];
  step(index: number): void;
  doubt(isUncertain: boolean): void;
}

/** Our own work between the statements of a file, whatever role, policies and timeouts it has chosen for its session. */
const AS_OURSELVES = [
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL row_security = off',
  'SET LOCAL synchronous_commit = on',
  'SET LOCAL SESSION AUTHORIZATION DEFAULT',
  // Not NONE: a user may be set to begin as another role, and then it is that role which owns the journal.
  'SET LOCAL role TO DEFAULT',
];

/** @param custom names of settings of the file's own whose values have to be kept */
export function createProgress(
  options: FlightOptions,
  checksum: RunningChecksum,
  from: number,
  custom: readonly string[],
): Progress {
  const { context, start, lockTimeoutMs, statementTimeoutMs } = options;
  const table = journalTable(context.ledger);
  let done = from;
  let uncertain = false;
  // In the server's own units, as it will show them.
  const ours = {
    default_transaction_read_only: 'off',
    lock_timeout: String(lockTimeoutMs),
    statement_timeout: String(statementTimeoutMs),
    row_security: 'on',
    client_connection_check_interval: '2000',
    idle_session_timeout: '0',
    transaction_timeout: '0',
  };
  const update = (columns: Readonly<Record<string, string>>) => {
    const set = Object.entries(columns).map(([name, value]) => `${name} = ${value}`);
    return `UPDATE ${table} SET ${set.join(', ')} WHERE id = ${quoteLiteral(start.id)}`;
  };
  return {
    done: () => done,
    isUncertain: () => uncertain,
    stepSql: (index, maySetSession) => {
      checksum.add(index);
      const columns = {
        done: String(index + 1),
        done_checksum: quoteLiteral(checksum.value()),
        uncertain: 'false',
        begun: 'NULL',
        ...(maySetSession && { session: keptSession }),
      };
      return [
        ...(maySetSession ? [keepSessionSql(ours, context.lockKey, custom), keepOursSql(ours)] : []),
        ...AS_OURSELVES,
        guardSql(context.lockKey),
        update(columns),
      ];
    },
    beginSql: (about) => {
      const columns =
        'uncertain' in about
          ? { uncertain: 'true', begun: 'NULL' }
          : { begun: quoteLiteral(JSON.stringify(about)) };
      return [...AS_OURSELVES, guardSql(context.lockKey), update(columns)];
    },
    step: (index) => {
      done = index + 1;
      uncertain = false;
    },
    doubt: (isUncertain) => {
      uncertain = isUncertain;
    },
  };
}

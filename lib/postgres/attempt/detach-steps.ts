import type { AttemptStart } from '../../engine/dialect.ts';
import { insertAttemptSql } from '../ledger/journal.ts';
import type { TaskContext } from './context.ts';
import type { FlightStep } from './flight-types.ts';

/** A client that is frozen keeps its session; it must not keep the lock for long. */
const IDLE_MS = 30_000;

/** Puts an attempt on record, with the process that makes it, in a session that neither looks for its client nor speaks to it. */
export function detachSteps(context: TaskContext, start: AttemptStart, major: number): FlightStep[] {
  const journal = insertAttemptSql(context.ledger, start, context.runner, 'running', true);
  return [
    ...(major >= 14
      ? [
          { part: 'prepare', sql: 'SET client_connection_check_interval = 0' } as const,
          { part: 'prepare', sql: `SET idle_session_timeout = ${IDLE_MS}` } as const,
        ]
      : []),
    { part: 'prepare', sql: 'SET client_min_messages = error' },
    { part: 'announce', sql: `BEGIN READ WRITE; ${journal}; COMMIT` },
  ];
}

import type { AttemptStart } from '../../engine/dialect.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { progressName } from '../../plan/progress-name.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { namesSecret, secretsIn } from '../../secrets/mask-secrets.ts';
import { openSql, transactionFlight } from '../attempt/flight.ts';
import type { FlightOptions, FlightStep } from '../attempt/flight-types.ts';
import { unlockSql } from '../session/advisory-lock.ts';
import { applicationName } from '../session/session-options.ts';
import { blockSql } from './block.ts';

/** What comes with the session: who shows in the lists of a server, and what that server knows. */
export interface DetachedSession {
  readonly purpose: string;
  /** The server's major version. */
  readonly major: number;
}

/** The longest time that a setting can hold, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Which of the steps of a flight run inside the block: neither what is around the transaction nor what only we would read. */
const INSIDE: ReadonlySet<FlightStep['part']> = new Set(['begin', 'statement', 'guard', 'expect', 'record']);

/**
 * The steps that a file's block runs, in their order: those of its flight when it is attached, so that both mean the same. What is checked
 * when a transaction ends is checked before it, where somebody can still say that it failed. Pure.
 */
function stepsInside(task: Task, options: FlightOptions): FlightStep[] {
  const opening = openSql(task, options);
  return [
    ...transactionFlight(task, options).filter(({ part, sql }) => INSIDE.has(part) && sql !== opening),
    { part: 'commit', sql: 'SET CONSTRAINTS ALL IMMEDIATE' },
  ];
}

/**
 * A file in a transaction as one message of the simple protocol: the server works through it whether or not anybody waits for the answer. In
 * it are the file, the rows of ledger and journal, what is to be recorded where it fails, and the end of the lock. Pure.
 *
 * @param start of the attempt, whose row is in the journal already
 */
export function detachedMessage(task: Task, options: FlightOptions, session: DetachedSession): string {
  const { context, start, statementTimeoutMs } = options;
  const script = scriptOf(task);
  const steps = stepsInside(task, options);
  const name = applicationName(context.settings.database, session.purpose);
  const limit = Math.min(LONGEST_MS, statementTimeoutMs * Math.max(1, script.statements.length));
  const block = blockSql({
    steps,
    places: placesOf(script),
    secrets: secretsOf(script, context.settings.database.password),
    speaksOfSecrets: namesSecret(script.text),
    ledger: context.ledger,
    start,
    limitMs: statementTimeoutMs,
    progress: (statement) => progressName(name, statement, script.statements.length),
    major: session.major,
  });
  return [
    // The server counts the block as one statement: it ends all of them at the latest when each has taken as long as it may.
    `${heading(start)} ${openSql(task, { ...options, statementTimeoutMs: limit })}`,
    block,
    'COMMIT',
    ...endOfSession(context.lockKey, session.major),
  ].join(';\n');
}

/** The lock is given back by the server: whoever has sent this may be gone, or frozen. */
function endOfSession(lockKey: bigint, major: number): string[] {
  const unlock = unlockSql(lockKey);
  // Before 14 a session of a client that is frozen would stay for ever.
  return major >= 14
    ? [unlock]
    : [unlock, 'SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())'];
}

/** What the lists of a server show first. */
function heading({ file }: AttemptStart): string {
  const shown = file.replace(/\/\*|\*\//g, ' ').replace(/\s+/g, ' ');
  return `/* registry-jobs: ${shown} runs on in the server */`;
}

/** `line:column` of each statement. */
export function placesOf({ text, statements }: Script): string[] {
  return statements.map(({ start, line }) => {
    const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    return `${line}:${[...before].length + 1}`;
  });
}

/** What the journal must not hold. */
export function secretsOf({ text }: Script, password: string | undefined): string[] {
  return [...new Set([...secretsIn(text), ...(password ? [password] : [])])];
}

import { pause } from '../../engine/pause.ts';
import { MOST_ATTEMPTS, retryDelayMs } from '../../engine/retry.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { isBusy } from '../explain/sqlstates.ts';
import type { Connection } from '../session/connection.ts';
import type { FlightOptions, FlightStep } from './flight-types.ts';
import type { Progress } from './one-progress.ts';
import type { Sender } from './sender.ts';

/** What the statements of a file without a transaction are run with. */
export interface Tools {
  readonly connection: Connection;
  readonly script: Script;
  readonly sender: Sender;
  readonly progress: Progress;
  readonly options: FlightOptions;
  /** Remembers a step for the error that it may end in. */
  readonly blame: (step: FlightStep) => void;
}

/** Tries again while another transaction is in the way. */
export async function patiently({ options, script }: Tools, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isPostgresError(error) || !isBusy(error.code) || attempt >= MOST_ATTEMPTS) throw error;
      const delayMs = retryDelayMs(attempt);
      const reason = error.message;
      options.context.onEvent({ type: 'migration-retried', file: script.file, reason, delayMs });
      const { signal } = options.context;
      await pause(delayMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}

/** Without the lock timeout, unless the file has set one of its own or asks for one in its header. */
export async function withPatience(
  { connection, script, options }: Tools,
  waitsForOthers: boolean,
  work: () => Promise<void>,
): Promise<void> {
  if (!waitsForOthers || script.directives.lockTimeoutMs !== undefined) return work();
  const ours = String(options.lockTimeoutMs);
  const { rows } = await connection.send(
    `SELECT pg_catalog.set_config('lock_timeout', '0', false) FROM pg_catalog.pg_settings
     WHERE name = 'lock_timeout' AND setting = $1`,
    { values: [ours] },
  );
  try {
    await work();
  } finally {
    if (rows.length > 0) await connection.send(`SET lock_timeout = ${ours}`).catch(() => {});
  }
}

/** A transaction of our own between the statements of the file. */
export async function commit(tools: Tools, statements: readonly string[]): Promise<void> {
  await flight(tools, [
    { part: 'begin', sql: 'BEGIN READ WRITE' },
    // The COMMIT too: nothing of the file is in it that could take its time.
    ...[...statements, 'COMMIT'].map((sql) => ({ part: 'record', sql }) as const),
  ]);
}

/** Sends all of it at once; after an error the server refuses the rest, and the first error is the one that counts. */
export async function flight({ sender, blame }: Tools, steps: readonly FlightStep[]): Promise<void> {
  const answers = await Promise.allSettled(steps.map((step) => sender.send(step)));
  const failed = answers.findIndex(({ status }) => status === 'rejected');
  const [step, answer] = [steps[failed], answers[failed]];
  if (!step || answer?.status !== 'rejected') return;
  // A connection that is lost fails all of them; then it is the statement that was at work.
  const own = steps.find(({ statement }) => statement);
  blame((!isPostgresError(answer.reason) || step.part === 'commit' ? own : undefined) ?? step);
  throw answer.reason;
}

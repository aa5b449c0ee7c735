/**
 * Runs files for the process that has started this one, a statement of SQLite at a time, so that it can be ended in the middle of one. It ends
 * with that process: nothing is committed that nobody waits for.
 */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { toErrorReport } from '../../errors/error.ts';
import { attemptInTransaction } from '../attempt/in-transaction.ts';
import type { Ledger } from '../ledger/read.ts';
import type { Asked, FromChild, Plain, ToChild, Told } from './protocol.ts';

/** Who has started this one, as it was told: by now another one may have taken its place. */
const parent = Number(process.argv[2]);
const stopping = new AbortController();
const tell = (what: FromChild) => process.send?.(what);

// While a statement runs nothing is heard here.
new Worker(
  `const { workerData: parent } = require('node:worker_threads');
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 200);`,
  { eval: true, workerData: parent },
).unref();
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
process.on('message', (told: ToChild) => {
  if ('stop' in told) stopping.abort(told.stop);
  else run(told).then(tell, (error: unknown) => process.exit(error === undefined ? 0 : 1));
});

async function run({ task, limits, settings, name, runner, start, versions, ledger }: Asked): Promise<Told> {
  let after: Ledger | undefined;
  const attempt = await attemptInTransaction(task, {
    ...{ ...limits, start, versions, ledger },
    context: { settings, ledger: name, runner, onEvent: (event) => tell({ event }), signal: stopping.signal },
    onLedger: (found) => {
      after = found;
    },
    beforeCommit: async () => {
      await setImmediate();
      if (!process.connected || process.ppid !== parent) process.exit(1);
    },
  });
  const plain = ('error' in attempt ? { ...attempt, error: toErrorReport(attempt.error) } : attempt) as Plain<
    typeof attempt
  >;
  return { attempt: plain, ...(after && { ledger: after }) };
}

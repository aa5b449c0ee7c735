/** Runs pg_dump, in a thread of its own: it stands still until each answer is there. Started by dump.ts. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { pgDump } from '@electric-sql/pglite-tools/pg_dump';
import type { Bridge, Dumped } from './bridge.ts';
import { guard, unguard } from './guard.ts';
import { createServerEnd } from './startup.ts';

const { flag, announced, args } = workerData as Bridge;
const signal = new Int32Array(flag);
const port = parentPort;
if (!port) throw new Error('This file is started as a thread.');

const serverEnd = createServerEnd(announced, (message) => {
  Atomics.store(signal, 0, 0);
  port.postMessage({ message });
  Atomics.wait(signal, 0, 0);
  const received: { message: { answer: Uint8Array } } | undefined = receiveMessageOnPort(port);
  if (!received) throw new Error('The answer was announced, and is not there.');
  return guard(received.message.answer);
});

/** As far as `pgDump` asks for it: here a database at the other end of a session, instead of one in this process. */
const database = {
  query: async () => ({ rows: [{ search_path: '' }] }),
  exec: async () => [],
  execProtocolRawStream: (bytes: Uint8Array, { onRawData }: { onRawData: (data: Uint8Array) => void }) => {
    for (const answer of serverEnd(bytes)) onRawData(answer);
  },
} as unknown as PGlite;

const dumped: Dumped = await pgDump({ pg: database, args: [...args] }).then(
  async (file) => ({ sql: unguard(await file.text()) }),
  (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
);
port.postMessage(dumped);
port.close();

/**
 * The proxy's own thread, so that a tool which runs in the main thread cannot slow it down, nor it the tool. It sits
 * on the client's side of the wire: both halves of the round trip lie between it and the server, so bytes are counted
 * at the moment when the client sends or gets them.
 */
import { createServer, connect as openSocket, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { FlightCounter } from './flights.ts';
import type { ProxyAnswer, ProxyRequest } from './proxy.ts';

const { host, port: serverPort } = workerData as { host: string; port: number };
const main = parentPort;
if (!main) throw new Error('proxy-worker.ts is started by proxy.ts only.');

let oneWayMs = 0;
let counters: FlightCounter[] = [];
let open = 0;

/** What is on its way, in the order in which it set out: all of it travels equally long. */
const travelling: { readonly due: number; readonly arrive: () => void }[] = [];
let isPumping = false;

function travel(arrive: () => void): void {
  if (oneWayMs === 0 && travelling.length === 0) {
    arrive();
    return;
  }
  travelling.push({ due: performance.now() + oneWayMs, arrive });
  if (isPumping) return;
  isPumping = true;
  setImmediate(pump);
}

const NAP_MS = 0.05;
const TOO_SHORT_FOR_A_NAP_MS = 0.2;
const cell = new Int32Array(new SharedArrayBuffer(4));

/** Timers are a millisecond coarse; naps between two looks at the sockets are not, and leave the core to others. */
function pump(): void {
  while (travelling[0] && travelling[0].due <= performance.now()) travelling.shift()?.arrive();
  const next = travelling[0];
  if (!next) {
    isPumping = false;
    return;
  }
  if (next.due - performance.now() > TOO_SHORT_FOR_A_NAP_MS) Atomics.wait(cell, 0, 0, NAP_MS);
  setImmediate(pump);
}

const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const counter = new FlightCounter();
  counters.push(counter);
  open++;
  const server = openSocket({ host, port: serverPort, allowHalfOpen: true, noDelay: true });
  client.on('data', (bytes: Buffer) => {
    counter.clientSent(bytes);
    travel(() => server.write(bytes));
  });
  server.on('data', (bytes: Buffer) => {
    travel(() => {
      counter.clientHeard(bytes);
      client.write(bytes);
    });
  });
  forwardEnd(client, server);
  forwardEnd(server, client);
  client.on('close', () => {
    open--;
  });
});

function forwardEnd(from: Socket, to: Socket): void {
  from.on('end', () => travel(() => to.end()));
  from.on('error', () => travel(() => to.destroy()));
}

main.on('message', (request: ProxyRequest) => {
  if (request.type === 'take') {
    answerWithCounts();
  } else {
    oneWayMs = request.roundTripMs / 2;
    answer({ type: 'done' });
  }
});

/** A client that has ended may still be on its way out. */
function answerWithCounts(): void {
  if (open > 0) {
    setTimeout(answerWithCounts, 1);
    return;
  }
  answer({ type: 'counts', counts: counters.map((counter) => counter.count()) });
  counters = [];
}

listener.listen(0, '127.0.0.1', () => {
  const address = listener.address();
  if (typeof address === 'object' && address) answer({ type: 'listening', port: address.port });
});

function answer(message: ProxyAnswer): void {
  main?.postMessage(message);
}

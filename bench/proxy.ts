import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FlightCount } from './flights.ts';

/** A TCP proxy on 127.0.0.1 that makes the way to the server longer and counts flights. */
export interface DelayProxy {
  readonly port: number;
  /** The time that is added to every round trip, half of it each way. Set it while nobody is connected. */
  setRoundTrip(roundTripMs: number): Promise<void>;
  /** Waits until everybody has hung up, and returns what was counted since it was last asked. */
  takeCounts(): Promise<Counts>;
  close(): Promise<void>;
}

export interface Counts extends FlightCount {
  readonly connections: number;
}

export type ProxyRequest =
  | { readonly type: 'delay'; readonly roundTripMs: number }
  | { readonly type: 'take' };

export type ProxyAnswer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'done' }
  | { readonly type: 'counts'; readonly counts: readonly FlightCount[] };

/** Starts the proxy in a thread of its own: see proxy-worker.ts. */
export async function startProxy(server: {
  readonly host: string;
  readonly port: number;
}): Promise<DelayProxy> {
  const worker = new Worker(new URL('proxy-worker.ts', import.meta.url), {
    workerData: { host: server.host, port: server.port },
  });
  const next = async () => {
    // `once` rejects when the worker fails.
    const [answer] = (await once(worker, 'message')) as [ProxyAnswer];
    return answer;
  };
  const ask = (request: ProxyRequest) => {
    const answer = next();
    worker.postMessage(request);
    return answer;
  };
  const started = await next();
  if (started.type !== 'listening') throw new Error('The proxy did not start.');
  return {
    port: started.port,
    setRoundTrip: async (roundTripMs) => {
      await ask({ type: 'delay', roundTripMs });
    },
    takeCounts: async () => {
      const answer = await ask({ type: 'take' });
      if (answer.type !== 'counts') throw new Error(`The proxy answered ${answer.type}.`);
      const sum = (part: keyof FlightCount) => answer.counts.reduce((total, count) => total + count[part], 0);
      return {
        connections: answer.counts.length,
        flights: sum('flights'),
        connecting: sum('connecting'),
      };
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

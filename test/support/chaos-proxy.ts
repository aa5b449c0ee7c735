import { once } from 'node:events';
import { createServer, connect as openSocket, type Socket } from 'node:net';
import { commitsIn, ERROR, GOODBYE, messageReader, QUERY, READY, SYNC } from './chaos-wire.ts';

/**
 * Where a connection is cut. Flights are what the client sends before it waits: 0 is its greeting. On a busy machine a burst may be told
 * apart in another way than when it was measured; then it is cut at the next flight that is long enough, at the goodbye at the latest.
 */
export interface Cut {
  readonly flight: number;
  readonly side: 'request' | 'answer';
  /** How many bytes of that side still pass; `commit` is right before a word that COMMIT worked. */
  readonly offset: number | 'commit';
  /**
   * - `close`, `reset`: both sides learn of it, in an orderly way or not
   * - `silence`: nobody learns of it, nothing passes any more
   * - `orphan`: the client learns of it, the server does not
   */
  readonly how: 'close' | 'reset' | 'silence' | 'orphan';
  /** Which of the flight's words about a COMMIT it is, from 1. */
  readonly commits?: number;
  /** Nobody can connect any more until the proxy is told otherwise. */
  readonly forGood?: boolean;
}

export interface FlightSize {
  request: number;
  answer: number;
  /** How many answers say that a COMMIT worked. */
  commits: number;
}

/** A TCP proxy on 127.0.0.1 that cuts the first connection that comes after {@link ChaosProxy.aim}. */
export interface ChaosProxy {
  readonly port: number;
  /** Forgets what was, and cuts the next connection there; or only measures it. */
  aim(cut?: Cut): void;
  /** Whether the cut has happened. */
  readonly hasCut: boolean;
  /** How large the flights of the next connection were. */
  readonly flights: readonly FlightSize[];
  /** Closes what was left half open. */
  release(): void;
  /** Closes everything, and lets who comes then wait until `gate`. */
  releaseBehind(gate: Promise<unknown>): void;
  close(): Promise<void>;
}

export async function startChaosProxy(to: { host: string; port: number }): Promise<ChaosProxy> {
  let target: Target | undefined;
  let isClosed = false;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  let gate: Promise<unknown> | undefined;
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, async (client) => {
    keep(client);
    await gate;
    if (isClosed) {
      client.resetAndDestroy();
      return;
    }
    const server = keep(openSocket({ ...to, noDelay: true, allowHalfOpen: true }));
    const mine = target?.isTaken === false ? target : undefined;
    if (mine) mine.isTaken = true;
    join(client, server, mine, () => {
      if (mine?.cut?.forGood) isClosed = true;
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || !address) throw new Error('The proxy has no port.');
  const release = () => {
    for (const socket of sockets) socket.destroy();
    isClosed = false;
  };
  return {
    port: address.port,
    aim: (cut) => {
      target = { ...(cut && { cut }), isTaken: false, isDone: false, flights: [] };
    },
    get hasCut() {
      return target?.isDone === true;
    },
    get flights() {
      return target?.flights ?? [];
    },
    release,
    releaseBehind: (until) => {
      gate = until;
      release();
    },
    close: async () => {
      release();
      listener.close();
      await once(listener, 'close');
    },
  };
}

interface Target {
  readonly cut?: Cut;
  isTaken: boolean;
  isDone: boolean;
  readonly flights: FlightSize[];
}

/** Passes bytes on in both directions, until the target's cut. */
function join(client: Socket, server: Socket, target: Target | undefined, onCut: () => void): void {
  let isCut = false;
  let isAnswered = true;
  let unanswered = 0;
  let isError = false;
  const asked = messageReader(true);
  const told = messageReader(false);
  let held: Buffer = Buffer.alloc(0);
  const { cut, flights = [] } = target ?? {};
  const strike = () => {
    if (!target || !cut || isCut) return;
    isCut = true;
    target.isDone = true;
    onCut();
    if (cut.how === 'close') client.end();
    if (cut.how === 'reset' || cut.how === 'orphan') client.resetAndDestroy();
    if (cut.how === 'close') server.end();
    if (cut.how === 'reset') server.resetAndDestroy();
  };
  /** Writes as much as may pass. */
  const pass = (to: Socket, side: Cut['side'], bytes: Buffer, sofar: number) => {
    const isHere = cut !== undefined && cut.flight < flights.length && cut.side === side;
    if (!isHere || cut.offset === 'commit') return void to.write(bytes);
    const left = cut.offset - sofar;
    if (bytes.length < left) return void to.write(bytes);
    if (left > 0) to.write(bytes.subarray(0, left), strike);
    else strike();
  };
  client.on('data', (bytes: Buffer) => {
    if (isCut) return;
    // A burst may come in pieces, and the answer to its first be back before its last.
    if (isAnswered && unanswered === 0) flights.push({ request: 0, answer: 0, commits: 0 });
    isAnswered = false;
    const types = asked(bytes);
    unanswered += types.filter((type) => type === QUERY || type === SYNC).length;
    if (types.includes(GOODBYE) && cut) return strike();
    const flight = flights.at(-1);
    if (!flight) return;
    const sofar = flight.request;
    flight.request += bytes.length;
    pass(server, 'request', bytes, sofar);
  });
  server.on('data', (bytes: Buffer) => {
    if (isCut) return;
    isAnswered = true;
    for (const type of told(bytes)) {
      // An error is an answer for the client already; ReadyForQuery still follows it.
      if (type === ERROR || (type === READY && !isError)) unanswered = Math.max(0, unanswered - 1);
      if (type === ERROR || type === READY) isError = type === ERROR;
    }
    const flight = flights.at(-1);
    if (!flight) return void client.write(bytes);
    const sofar = flight.answer;
    flight.answer += bytes.length;
    if (cut?.offset === 'commit' && cut.flight < flights.length) {
      // Nothing is said before the server has said it: then it is certain that it has committed.
      held = Buffer.concat([held, bytes]);
      const at = commitsIn(held)[(cut.commits ?? 1) - 1];
      if (at !== undefined) client.write(held.subarray(0, at), strike);
      else if (unanswered === 0) {
        client.write(held);
        held = Buffer.alloc(0);
      }
      return;
    }
    if (!cut) {
      held = sofar === 0 ? bytes : Buffer.concat([held, bytes]);
      flight.commits = commitsIn(held).length;
    }
    pass(client, 'answer', bytes, sofar);
  });
  const isSilent = () => isCut && (cut?.how === 'silence' || cut?.how === 'orphan');
  const follow = (from: Socket, to: Socket) => {
    from.on('end', () => isSilent() || to.end());
    from.on('close', () => isSilent() || to.destroy());
  };
  follow(client, server);
  follow(server, client);
}

/**
 * Counts the network flights of one connection, as its client sees them.
 *
 * A flight is a burst of client bytes that begins after something new arrived from the server: the traffic has
 * changed its direction. Bytes that a client sends while it has heard nothing since its last ones belong to the same
 * flight, however many packets they are. Each flight costs a round trip if the client waits for its answer.
 *
 * Not a flight: Terminate, the goodbye at the end of a session, which nobody answers or waits for.
 */
export class FlightCounter {
  #flights = 0;
  #connecting: number | undefined;
  #heardSomething = true;
  readonly #greeting = new GreetingReader();

  /** Bytes that the client has just sent. */
  clientSent(bytes: Buffer): void {
    if (bytes.equals(TERMINATE)) return;
    if (this.#heardSomething) this.#flights++;
    this.#heardSomething = false;
  }

  /** Bytes that the client is being given. */
  clientHeard(bytes: Buffer): void {
    this.#heardSomething = true;
    if (this.#connecting === undefined && this.#greeting.ends(bytes)) this.#connecting = this.#flights;
  }

  /** All flights of the session, and how many of them were spent before it was ready for its first query. */
  count(): FlightCount {
    return { flights: this.#flights, connecting: this.#connecting ?? this.#flights };
  }
}

export interface FlightCount {
  readonly flights: number;
  readonly connecting: number;
}

const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
const READY_FOR_QUERY = 0x5a;
const HEADER = 5;

/** Follows the server's messages (a type byte, a length that counts itself, a body) up to the first ReadyForQuery. */
class GreetingReader {
  #rest = Buffer.alloc(0);

  ends(bytes: Buffer): boolean {
    let rest = Buffer.concat([this.#rest, bytes]);
    while (rest.length >= HEADER) {
      if (rest[0] === READY_FOR_QUERY) return true;
      const length = 1 + rest.readUInt32BE(1);
      if (rest.length < length) break;
      rest = rest.subarray(length);
    }
    this.#rest = rest;
    return false;
  }
}

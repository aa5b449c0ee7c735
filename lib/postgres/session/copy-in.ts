import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import pg from 'pg';

/** What may wait in memory for the network, in bytes. */
const MOST_WAITING = 1024 * 1024;

export type Answered = (error: Error | null, result: pg.QueryResult) => void;

/** What `pg` calls on a query when it is its turn on the wire. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * Sends the data right after the statement. If the server refuses the statement, it ignores the data, as the
 * protocol wants; so there is no need to wait for its consent. What the network does not take at once is sent as it makes room.
 */
export class CopyIn extends pg.Query {
  /** Whether all of it is on its way already. */
  isOut = false;
  /** When it is, or the connection is gone. Never rejects. */
  out: Promise<void> = Promise.resolve();
  readonly #sql: string;
  readonly #chunks: Iterator<Uint8Array>;
  readonly #stream: Duplex;

  constructor(sql: string, data: Iterable<Uint8Array>, stream: Duplex, answered: Answered) {
    super(sql, undefined, answered as never);
    this.#sql = sql;
    this.#chunks = data[Symbol.iterator]();
    this.#stream = stream;
  }

  override submit = (connection: unknown): void => {
    const wire = connection as Wire;
    wire.query(this.#sql);
    this.#fill(wire);
    if (!this.isOut) this.out = this.#trickle(wire);
  };

  handleCopyInResponse(): void {}

  #fill(wire: Wire): void {
    while (this.#stream.writableLength < MOST_WAITING) {
      const { value, done } = this.#chunks.next();
      if (done) {
        wire.endCopyFrom();
        this.isOut = true;
        return;
      }
      // `pg` wants a Buffer; this is the same memory.
      wire.sendCopyFromChunk(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    }
  }

  async #trickle(wire: Wire): Promise<void> {
    while (!this.isOut && !this.#stream.destroyed) {
      const enough = new AbortController();
      const { signal } = enough;
      const room = ['drain', 'close'].map((event) => once(this.#stream, event, { signal }).catch(() => {}));
      // Whatever ends the connection is told to whoever waits for the answer.
      await Promise.race(room);
      enough.abort();
      if (!this.#stream.destroyed) this.#fill(wire);
    }
  }
}

import pg from 'pg';

/** In bytes. */
const COPY_CHUNK = 64 * 1024;

export type Answered = (error: Error | null, result: pg.QueryResult) => void;

/** What `pg` calls on a query when it is its turn on the wire. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
}

/**
 * Sends the data right behind the statement. If the server refuses the statement, it ignores the data, as the
 * protocol wants; so there is no need to wait for its consent.
 */
export class CopyIn extends pg.Query {
  readonly #sql: string;
  readonly #data: Uint8Array;

  constructor(sql: string, data: Uint8Array, answered: Answered) {
    super(sql, undefined, answered as never);
    this.#sql = sql;
    this.#data = data;
  }

  override submit = (connection: unknown): void => {
    const wire = connection as Wire;
    wire.query(this.#sql);
    for (let sent = 0; sent < this.#data.length; sent += COPY_CHUNK) {
      wire.sendCopyFromChunk(this.#data.subarray(sent, sent + COPY_CHUNK));
    }
    wire.endCopyFrom();
  };

  handleCopyInResponse(): void {}
}

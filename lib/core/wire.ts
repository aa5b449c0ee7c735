import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { type Answered, CopyIn } from './copy-in.ts';
import { NoRows } from './no-rows.ts';

/** What Postgres answered to one statement. Values are strings, numbers, booleans or null, as `pg` parses them. */
export interface QueryResult {
  /** The command tag's first word: `COMMIT`, `ROLLBACK`, `INSERT`. */
  readonly command: string;
  readonly rows: readonly Record<string, unknown>[];
}

/** A message that the server raised while a statement ran. */
export interface Notice {
  /** `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`. */
  readonly severity: string;
  readonly message: string;
}

export interface SendOptions {
  readonly values?: readonly unknown[];
  readonly onNotice?: (notice: Notice) => void;
  /** Drops rows as they come, for a statement whose rows nobody reads. */
  readonly withoutRows?: boolean;
}

/** Puts statements on the wire; see `Connection`. */
export interface Wire {
  send(sql: string, options?: SendOptions): Promise<QueryResult>;
  /**
   * Runs `COPY ... FROM STDIN` with all of its data, in the same flight as what is sent around it. Data that the network cannot take
   * yet is not held in memory: what is sent after it waits until the last of it is on its way.
   */
  copyIn(sql: string, data: Iterable<Uint8Array>, options?: SendOptions): Promise<QueryResult>;
}

export function streamOf(client: pg.Client): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

export function createWire(client: pg.Client): Wire {
  // Answers and notices come in the order of the statements, so a notice belongs to the oldest unanswered one.
  const unanswered: SendOptions[] = [];
  client.on('notice', ({ severity, message }) => {
    unanswered[0]?.onNotice?.({ severity: severity ?? 'NOTICE', message: message ?? '' });
  });
  const wire = streamOf(client);
  let isCorked = false;
  /** `pg` writes each message by itself; held back to the end of this turn, they leave as one. */
  const holdBack = () => {
    if (isCorked) return;
    isCorked = true;
    wire.cork();
    queueMicrotask(() => {
      isCorked = false;
      wire.uncork();
    });
  };
  /** What waits until the data of a COPY is on its way: nothing may come between. */
  const queue: (() => Promise<void> | undefined)[] = [];
  let isBusy = false;
  const drain = () => {
    while (!isBusy) {
      const out = queue.shift()?.();
      if (out) {
        isBusy = true;
        void out.then(() => {
          isBusy = false;
          drain();
        });
      }
      if (queue.length === 0) return;
    }
  };
  /**
   * Calls `put` with a callback that settles the promise. The callback runs while the answer is being read; a
   * promise would settle after the whole packet, when notices of later statements have already gone by.
   *
   * @param put returns when all of it is on its way, if that takes longer
   */
  const answerTo = (options: SendOptions, put: (answered: Answered) => Promise<void> | undefined) =>
    new Promise<QueryResult>((resolve, reject) => {
      queue.push(() => {
        holdBack();
        unanswered.push(options);
        return put((error, result) => {
          unanswered.shift();
          if (error) reject(error);
          else resolve({ command: result.command, rows: result.rows });
        });
      });
      drain();
    });
  return {
    send: (sql, options = {}) =>
      answerTo(options, (answered) => {
        if (options.values) client.query(sql, [...options.values], answered);
        else if (options.withoutRows) client.query(new NoRows(sql, answered));
        else client.query(sql, answered);
        return undefined;
      }),
    copyIn: (sql, data, options = {}) =>
      answerTo(options, (answered) => {
        const copy = new CopyIn(sql, data, wire, answered);
        client.query(copy);
        return copy.isOut ? undefined : copy.out;
      }),
  };
}

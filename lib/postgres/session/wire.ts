import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { type Answered, CopyIn } from './copy-in.ts';
import { NoRows } from './no-rows.ts';
import { createSilence } from './silence.ts';
import type { QueryResult, SendOptions, Wire } from './wire-types.ts';

export function streamOf(client: pg.Client): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

/**
 * @param answerMs how long an answer may stay out that the server needs no time for
 * @param onSilence hears when one did, and for how long nothing came
 */
export function createWire(
  client: pg.Client,
  answerMs: number,
  onSilence: (silentMs: number) => void,
): Wire & { isStoppable(): boolean } {
  // Answers and notices come in the order of the statements, so a notice belongs to the oldest unanswered one.
  const unanswered: SendOptions[] = [];
  client.on('notice', ({ severity, message }) => {
    unanswered[0]?.onNotice?.({ severity: severity ?? 'NOTICE', message: message ?? '' });
  });
  const wire = streamOf(client);
  const silence = createSilence(wire as Socket, answerMs, onSilence);
  const expectNext = () => {
    const [next] = unanswered;
    silence(next && (next.mayTakeMs ?? 0));
  };
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
        if (unanswered.push(options) === 1) expectNext();
        return put((error, result) => {
          unanswered.shift();
          expectNext();
          if (error) return reject(error);
          // Of several statements in one message the last one's answer counts.
          const { command, rows, rowCount } = Array.isArray(result) ? result.at(-1) : result;
          resolve({ command, rows, count: rowCount ?? undefined });
        });
      });
      drain();
    });
  return {
    // Answers come in order: it is the oldest that the server is at work on.
    isStoppable: () => unanswered[0]?.mayBeStopped === true,
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

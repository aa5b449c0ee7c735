import type { Duplex } from 'node:stream';

/** Sends one message of the protocol, as bytes, and answers with all that the server says to it, up to its ReadyForQuery. */
export type Exchange = (message: Uint8Array) => Promise<Uint8Array>;

const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** A type in one byte, and a length that counts itself. */
const HEADER_BYTES = 5;

/**
 * Takes a session over from `pg`, for a program that speaks the protocol itself. Nothing else can be sent in it from then on.
 *
 * @param stream of a session that nothing is asked of
 */
export function takeOver(stream: Duplex): Exchange {
  stream.removeAllListeners('data');
  let chunks: Buffer[] = [];
  /** How much of what came is whole messages that were looked at, and how much there is. */
  let lookedAt = 0;
  let length = 0;
  let waiting: PromiseWithResolvers<Uint8Array> | undefined;
  const lost = (error?: Error) => {
    waiting?.reject(error ?? new Error('the server ended the session'));
    waiting = undefined;
  };
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length - lookedAt < HEADER_BYTES) return;
    const all = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    chunks = [all];
    let isReady = false;
    while (length - lookedAt >= HEADER_BYTES) {
      const end = lookedAt + 1 + all.readInt32BE(lookedAt + 1);
      if (end > length) return;
      isReady = all[lookedAt] === READY_FOR_QUERY;
      lookedAt = end;
    }
    if (!isReady || lookedAt < length) return;
    const answered = waiting;
    [chunks, lookedAt, length, waiting] = [[], 0, 0, undefined];
    answered?.resolve(all);
  });
  stream.once('error', lost);
  stream.once('close', () => lost());
  return (message) => {
    if (stream.destroyed) return Promise.reject(new Error('the session has ended'));
    waiting = Promise.withResolvers();
    stream.write(message);
    return waiting.promise;
  };
}

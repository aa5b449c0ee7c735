/** A longer timer would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The stream of a connection, as far as it matters here. */
interface Incoming {
  readonly bytesRead?: number;
}

/**
 * Notices that no answer comes: a network may be gone without a word, and nobody learns of that who only listens. Answers come in the
 * order of the statements, so it is always the oldest one that is waited for.
 *
 * @param answerMs how long an answer may stay out that the server needs no time for, in milliseconds
 * @param onSilence hears for how long nothing came
 * @returns to be told how long the next answer may take besides, whenever it is another's turn; nothing while none is due
 */
export function createSilence(
  incoming: Incoming,
  answerMs: number,
  onSilence: (silentMs: number) => void,
): (mayTakeMs: number | undefined) => void {
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  const expect = (mayTakeMs: number | undefined) => {
    turn++;
    clearTimeout(timer);
    if (mayTakeMs === undefined) return;
    const patienceMs = answerMs + mayTakeMs;
    if (patienceMs > LONGEST_TIMER_MS) return;
    const own = turn;
    const { bytesRead } = incoming;
    const look = () => {
      if (own !== turn) return;
      // What is still coming in is an answer.
      if (incoming.bytesRead === bytesRead) onSilence(patienceMs);
      else expect(mayTakeMs);
    };
    // After what has come in meanwhile: this process may have been stopped, or busy.
    timer = setTimeout(() => setImmediate(look), patienceMs);
  };
  return expect;
}

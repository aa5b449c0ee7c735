/** How much is tried, and from which seed everything that is drawn is drawn. */
export interface ChaosOptions {
  readonly seed: string;
  readonly rounds: number;
  /** The command that repeats it. @default that of the tests */
  readonly replay?: string;
}

const DEFAULT_SEED = '20240229';

/**
 * Reads `RELIABILITY_SEED` (any text; `random` draws one) and `RELIABILITY_ROUNDS`.
 *
 * @param defaultRounds what a normal test run has time for
 */
export function chaosOptions(defaultRounds: number, env: NodeJS.ProcessEnv = process.env): ChaosOptions {
  const seed = env.RELIABILITY_SEED || DEFAULT_SEED;
  const rounds = Number(env.RELIABILITY_ROUNDS || defaultRounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new Error(`RELIABILITY_ROUNDS=${env.RELIABILITY_ROUNDS}: give a whole number from 1.`);
  }
  return { seed: seed === 'random' ? String(Date.now() % 1_000_000) : seed, rounds };
}

/** Draws the same values for the same words, on every machine. */
export interface Draw {
  /** At least 0, less than 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  oneOf<T>(items: readonly T[]): T;
}

/** Every round has a generator of its own, so that a round can be replayed without those before it. */
export function drawFrom(...words: readonly (string | number)[]): Draw {
  let state = hash(words.join('/'));
  const fraction = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    between: (least, most) => least + Math.floor(fraction() * (most - least + 1)),
    oneOf: (items) => {
      const item = items[Math.floor(fraction() * items.length)];
      if (item === undefined) throw new Error('There is nothing to draw from.');
      return item;
    },
  };
}

/** FNV-1a */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value;
}

/** Runs `work`, and makes its error say how to see it again. */
export async function replayable<T>(
  {
    seed,
    rounds,
    replay = `RELIABILITY_SEED=${seed} RELIABILITY_ROUNDS=${rounds} npx vitest run test/reliability`,
  }: ChaosOptions,
  event: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${event}: ${message}\nTo see it again: ${replay}`, { cause });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The answer of what was asked, or nothing where it does not come in time, or somebody asks to stop before.
 *
 * @param until in milliseconds since the epoch
 */
export async function until<T>(
  answer: Promise<T>,
  { until: end, signal }: { readonly until: number; readonly signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const pause = sleep(Math.max(0, end - Date.now()), undefined, { signal: over.signal }).catch(() => {});
    return (await Promise.race([answer, pause])) as T | undefined;
  } finally {
    signal?.removeEventListener('abort', stop);
    over.abort();
  }
}

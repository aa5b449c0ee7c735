import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, in milliseconds, or until somebody asks to stop. Throws nothing: whoever has waited looks at the signal. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => {});
}

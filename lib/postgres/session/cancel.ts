/** Between two looks, and between two requests, in milliseconds. */
const LOOK_MS = 25;
const AGAIN_MS = 500;
const MOST_FAILURES = 3;

/** One that waits for a standby has committed: to cancel that would only hide whether the standby has it. Parameter: the process id. */
export const CANCEL = `SELECT pg_catalog.pg_cancel_backend(a.pid) FROM pg_catalog.pg_stat_activity a
  WHERE a.pid = $1 AND a.wait_event IS DISTINCT FROM 'SyncRep'`;

/** What a session can be asked while it is being stopped. */
export interface Cancelling {
  /** Whether the server is at work on something that may be cancelled. */
  readonly isAtWork: () => boolean;
  /** Asks the server, from another session, to cancel it. */
  readonly cancel: () => Promise<unknown>;
  /** The server cannot be asked: only the connection can be ended. */
  readonly giveUp: (reason: string) => void;
}

/** Sees to it that what a session is at work on is cancelled when somebody asks to stop. */
export interface Canceller {
  /** When no request is on its way that might meet the next statement. */
  quiet(): Promise<void>;
  end(): void;
}

/**
 * Asks again until nothing is left to cancel: a request that arrives between two statements has no effect, and a function may catch it.
 */
export function cancelWhenAsked(signal: AbortSignal | undefined, cancelling: Cancelling): Canceller {
  const { isAtWork, cancel, giveUp } = cancelling;
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  let asking = Promise.resolve();
  let failures = 0;
  const next = (ms: number) => {
    if (!isEnded) timer = setTimeout(look, ms);
  };
  const look = () => {
    if (!isAtWork()) return next(LOOK_MS);
    asking = cancel().then(
      () => next(AGAIN_MS),
      (error: unknown) => {
        if (++failures < MOST_FAILURES) return next(AGAIN_MS);
        giveUp(`its statement could not be cancelled: ${error instanceof Error ? error.message : error}`);
      },
    );
  };
  const begin = () => look();
  if (signal?.aborted) begin();
  else signal?.addEventListener('abort', begin, { once: true });
  return {
    quiet: () => asking,
    end: () => {
      isEnded = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', begin);
    },
  };
}

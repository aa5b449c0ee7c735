import { stopped, throwIfStopped } from '../errors/stopped.ts';
import type { Io, SignalCode, SignalName } from './io.ts';

const CODES: Readonly<Record<SignalName, SignalCode>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** npx passes on what the terminal has sent to the whole group: what comes this soon, in milliseconds, is the same signal. */
const SAME_MS = 250;

/** What becomes of a command when a signal comes: the first stops in order, the second at once. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Runs what ends by itself when the signal is aborted, and says what is true then. */
  inOrder<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Runs what changes nothing outside of {@link inOrder}, and is left at once. @throws RegistryJobsError `stopped` */
  orLeave<T>(work: () => Promise<T>): Promise<T>;
  /** Calls back at the first signal, with what to tell where something is stopped in order. Returns what ends that. */
  onFirst(listen: (text: string | undefined) => void): () => void;
  /** Remembers what is being done, for the last word. */
  doing(text: string): void;
  /** With which code the process ends, if it was a signal that ended it. */
  code(): SignalCode | undefined;
  end(): void;
}

/** Listens to signals until the end of the command. */
export function createStop(io: Pick<Io, 'err' | 'onSignal' | 'exit'>): Stop {
  const controller = new AbortController();
  const { signal } = controller;
  let code: SignalCode | undefined;
  let firstAt = 0;
  let inOrder = 0;
  let doing = '';
  const end = io.onSignal?.((name) => {
    if (code === undefined) {
      [code, firstAt] = [CODES[name], performance.now()];
      controller.abort(name);
    } else if (performance.now() - firstAt > SAME_MS) {
      io.err(`\n${lastWord(name, doing)}\n`);
      io.exit?.(CODES[name]);
    }
  });
  return {
    signal,
    inOrder: async (work) => {
      throwIfStopped(signal, UNCHANGED);
      inOrder++;
      try {
        return await work(signal);
      } finally {
        inOrder--;
      }
    },
    orLeave: (work) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          if (inOrder === 0) reject(stopped(signal, UNCHANGED));
        };
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave);
        work()
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', leave));
      }),
    onFirst: (listen) => {
      const told = () =>
        listen(inOrder > 0 ? `${signal.reason}: stopping in order; once more to end at once.` : undefined);
      signal.addEventListener('abort', told);
      return () => signal.removeEventListener('abort', told);
    },
    doing: (text) => {
      doing = text;
    },
    code: () => code,
    end: () => end?.(),
  };
}

const UNCHANGED = ' before anything was changed';

/** Of what was going on nothing can be said any more. Pure. */
export function lastWord(signal: SignalName, doing: string): string {
  const what = doing === '' ? '' : ` during: ${doing}`;
  return `Ended at once by another signal (${signal})${what}. What became of it is not known; the server undoes what was not committed once it notices that nobody waits. Look with: registry-jobs status --history`;
}

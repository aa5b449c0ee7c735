/** What asks a process to end. */
export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What a command may use of the outside world. Only bin/registry-jobs.ts makes a real one. */
export interface Io {
  readonly out: (text: string) => void;
  /** Progress and errors: everything that is not the result. */
  readonly err: (text: string) => void;
  /** The same, for what is masked and cut to the width already. @default err */
  readonly draw?: (text: string) => void;
  /** True when somebody watches: questions may be asked. */
  readonly isTerminal: boolean;
  /** How wide the terminal is at this moment, where a line of progress may be redrawn on it. @default it may not */
  readonly columns?: () => number | undefined;
  readonly hasColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Who sits there, for the journal: `ada@analytical-engine`. */
  readonly who: string;
  readonly ask: (question: string) => Promise<string>;
  /** Calls back for each signal, which then does not end the process. Returns what ends that. @default there are none */
  readonly onSignal?: (listen: (signal: SignalName) => void) => () => void;
  /** Ends the process at once. */
  readonly exit?: (code: number) => void;
}

/** 0 done or nothing to do, 1 failed, 2 wrong use, 3 migrations pending (`status --check`), 128 and its number for a signal. */
export type ExitCode = 0 | 1 | 2 | 3 | SignalCode;

export type SignalCode = 129 | 130 | 143;

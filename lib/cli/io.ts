/** What a command may use of the outside world. Only bin/registry-jobs.ts makes a real one. */
export interface Io {
  readonly out: (text: string) => void;
  /** Progress and errors: everything that is not the result. */
  readonly err: (text: string) => void;
  /** True when somebody watches: progress may be redrawn, questions may be asked. */
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Who sits there, for the journal: `ada@analytical-engine`. */
  readonly who: string;
  readonly ask: (question: string) => Promise<string>;
}

/** 0 done or nothing to do, 1 failed, 2 wrong use, 3 migrations pending (`status --check`). */
export type ExitCode = 0 | 1 | 2 | 3;

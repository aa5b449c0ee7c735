/** What Postgres answered to one statement. Values are strings, numbers, booleans or null, as `pg` parses them. */
export interface QueryResult {
  /** The command tag's first word: `COMMIT`, `ROLLBACK`, `INSERT`. */
  readonly command: string;
  readonly rows: readonly Record<string, unknown>[];
  /** How many rows the command tag names: of what was inserted, changed, deleted or selected. */
  readonly count?: number | undefined;
}

/** A message that the server raised while a statement ran. */
export interface Notice {
  /** `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`. */
  readonly severity: string;
  readonly message: string;
}

export interface SendOptions {
  readonly values?: readonly unknown[];
  readonly onNotice?: (notice: Notice) => void;
  /** Drops rows as they come, for a statement whose rows nobody reads. */
  readonly withoutRows?: boolean;
  /**
   * How long the server may be at work on it, in milliseconds, once those before it are answered; Infinity for what is not ours. Where no
   * answer comes for longer, the connection is given up. @default 0: it is answered at once, but for the network
   */
  readonly mayTakeMs?: number;
  /** Cancelled when the session is asked to stop. @default false: it runs to its end, as what says how something ended must */
  readonly mayBeStopped?: boolean;
}

/** Puts statements on the wire; see `Connection`. */
export interface Wire {
  send(sql: string, options?: SendOptions): Promise<QueryResult>;
  /**
   * Runs `COPY ... FROM STDIN` with all of its data, in the same flight as what is sent around it. Data that the network cannot take
   * yet is not held in memory: what is sent after it waits until the last of it is on its way.
   */
  copyIn(sql: string, data: Iterable<Uint8Array>, options?: SendOptions): Promise<QueryResult>;
}

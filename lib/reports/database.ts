/** Which database answered. */
export interface DatabaseReport {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  /** As the server says it: `18.4`. */
  readonly serverVersion: string;
}

/** What the server said while a statement ran. */
export interface NoticeReport {
  readonly severity: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

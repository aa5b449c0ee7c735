/** Something to know that keeps nothing from running. `code` is stable, the message is for people. */
export interface WarningReport {
  readonly code: string;
  readonly message: string;
}

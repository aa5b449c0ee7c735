/** A tool that looks at migrations, ready to be asked. */
export interface Checker {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** What of all that it says is counted: whatever is about a second run, or about a way back. */
  readonly counted: string;
  /** How often it says such a thing of the files of a folder, given in their order. */
  count(folder: string, files: readonly string[]): Promise<number>;
}

/** Why a tool cannot be asked here. */
export interface MissingChecker {
  readonly name: string;
  readonly missing: string;
}

export type PrepareChecker = (folder: string) => Promise<Checker | MissingChecker>;

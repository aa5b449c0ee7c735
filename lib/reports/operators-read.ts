/** A bundle in the graph of a channel. */
export interface InspectedEntry {
  readonly name: string;
  readonly version?: string;
  readonly replaces?: string;
  readonly skips: readonly string[];
  readonly skipRange?: string;
  readonly isDeprecated: boolean;
  /** Whether the file has it as a bundle, and not as a name that is skipped only. */
  readonly isBundle: boolean;
}

/** What a file is that was read in a copy. */
export interface RegistryCopy {
  /** The version of its schema; -1 before version 0. */
  readonly version: number;
  readonly ledger: 'operator-registry' | 'golang-migrate' | 'none';
}

/** Says it. Pure. */
export function describeCopy(file: string, { version }: RegistryCopy): string {
  const was = version < 0 ? 'older than version 0' : `at version ${version}`;
  return `${file} is ${was}: it was read in a copy in memory, migrated and repaired there. The file is as it was.`;
}

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

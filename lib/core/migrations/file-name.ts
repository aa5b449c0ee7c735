import { RegistryJobsError } from '../errors.ts';

/** What a migration's file name says. */
export interface FileName {
  readonly style: 'plain' | 'up' | 'down';
  /** The number in front, for ordering: any unsigned 64-bit integer. */
  readonly number: bigint;
  readonly title: string;
  /** How the ledger names it: a plain file by its stem, a pair by its number. */
  readonly version: string;
}

const LARGEST_VERSION = 2n ** 64n - 1n;

/**
 * Reads a file name: `NNN_title.sql`, `{version}_{title}.up.sql` or `{version}_{title}.down.sql`.
 * Dotfiles and READMEs are nobody's business and give `undefined`.
 *
 * @throws RegistryJobsError `bad-file-name` for any other name, since a migration that is silently left out is worse.
 */
export function parseFileName(name: string): FileName | undefined {
  if (name.startsWith('.') || /^readme(\.|$)/i.test(name)) return undefined;
  const match = /^(\d+)_([A-Za-z0-9][A-Za-z0-9_.-]*?)(?:\.(up|down))?\.sql$/.exec(name);
  if (!match) {
    throw new RegistryJobsError('bad-file-name', `${name} is not a migration's name.`, {
      hint: 'Name it NNN_title.sql, or {version}_{title}.up.sql with {version}_{title}.down.sql.',
    });
  }
  const [, digits = '', title = '', direction] = match;
  const number = BigInt(digits);
  if (number > LARGEST_VERSION) {
    throw new RegistryJobsError(
      'bad-file-name',
      `The version of ${name} is larger than ${LARGEST_VERSION}.`,
      {
        hint: 'Use an unsigned 64-bit number, such as a date: 20261121093000.',
      },
    );
  }
  if (direction === undefined) {
    return { style: 'plain', number, title, version: name.slice(0, -'.sql'.length) };
  }
  return { style: direction as 'up' | 'down', number, title, version: number.toString() };
}

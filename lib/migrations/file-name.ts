import { RegistryJobsError } from '../errors/error.ts';
import { shellWord } from '../text/format.ts';

/** What a migration's file name says. */
export interface FileName {
  readonly style: 'plain' | 'up' | 'down' | 'repeatable' | 'initial';
  /** The number in front, for ordering: any unsigned 64-bit integer. Repeatable and initial files have none. */
  readonly number?: bigint;
  readonly title: string;
  /** How the ledger names it: a pair by its number, others by their stem. */
  readonly version: string;
}

/** Loaded once, into an empty database. */
export const INITIAL_SCHEMA = 'initial_schema.sql';

/** The first that no name has, in one that is right besides. */
const ODD_CHARACTER = /^(?:\d+|R)_[\w.-]*?([^\w.-]).*\.sql$/su;

const LARGEST_VERSION = 2n ** 64n - 1n;

/**
 * Reads a file name: `NNN_title.sql`, `{version}_{title}.up.sql` or `.down.sql`, `R_title.sql`, `initial_schema.sql`.
 * Dotfiles and READMEs are nobody's business and give `undefined`.
 *
 * @throws RegistryJobsError `bad-file-name` for any other name, since a migration that is silently left out is worse.
 */
export function parseFileName(name: string): FileName | undefined {
  if (name.startsWith('.') || /^readme(\.|$)/i.test(name)) return undefined;
  const stem = name.slice(0, -'.sql'.length);
  if (name === INITIAL_SCHEMA) return { style: 'initial', title: 'initial schema', version: stem };
  const repeatable = /^R_([A-Za-z0-9][A-Za-z0-9_.-]*)\.sql$/.exec(name);
  if (repeatable?.[1]) return { style: 'repeatable', title: repeatable[1], version: stem };
  const match = /^(\d+)_([A-Za-z0-9][A-Za-z0-9_.-]*?)(?:\.(up|down))?\.sql$/.exec(name);
  if (!match) {
    const odd = ODD_CHARACTER.exec(name)?.[1];
    if (odd !== undefined) {
      const better = name.replace(/[^A-Za-z0-9_.-]+/g, '_');
      throw new RegistryJobsError(
        'bad-file-name',
        `${name} is not a migration's name: "${odd}" is not a letter from A to Z, a digit, "_", "." or "-".`,
        { hint: `Name it otherwise: mv ${shellWord(name)} ${better}` },
      );
    }
    throw new RegistryJobsError('bad-file-name', `${name} is not a migration's name.`, {
      hint: 'Name it NNN_title.sql, R_title.sql, or {version}_{title}.up.sql with {version}_{title}.down.sql.',
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
    return { style: 'plain', number, title, version: stem };
  }
  return { style: direction as 'up' | 'down', number, title, version: number.toString() };
}

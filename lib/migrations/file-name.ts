import { RegistryJobsError } from '../errors/error.ts';
import { badName } from './bad-name.ts';
import { PAIR_HALF } from './script/pair-half.ts';

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

const LARGEST_VERSION = 2n ** 64n - 1n;

const PLAIN = /^(\d+)_([A-Za-z0-9][A-Za-z0-9_.-]*)\.sql$/;
const REPEATABLE = /^R_([A-Za-z0-9][A-Za-z0-9_.-]*)\.sql$/;

/**
 * Reads a file name: `NNN_title.sql`, `{version}_{title}.up.sql` or `.down.sql`, `R_title.sql`, `initial_schema.sql`.
 * What neither begins with a digit nor has `.sql` in its name cannot be meant as a migration (`embed.go`, `LICENSE`, `atlas.sum`): as
 * dotfiles and READMEs, it gives `undefined`.
 *
 * @param folder where it stands, for what to do about it
 * @throws RegistryJobsError `bad-file-name` for any other name, since a migration that is silently left out is worse.
 */
export function parseFileName(name: string, folder = ''): FileName | undefined {
  if (name.startsWith('.') || /^readme(\.|$)/i.test(name)) return undefined;
  if (!/^\d|\.sql/i.test(name)) return undefined;
  const stem = name.slice(0, -'.sql'.length);
  if (name === INITIAL_SCHEMA) return { style: 'initial', title: 'initial schema', version: stem };
  const repeatable = REPEATABLE.exec(name)?.[1];
  if (repeatable) return { style: 'repeatable', title: repeatable, version: stem };
  const match = PAIR_HALF.exec(name) ?? PLAIN.exec(name);
  if (!match) throw badName(name, folder);
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
  if (direction === undefined) return { style: 'plain', number, title, version: stem };
  return { style: direction as 'up' | 'down', number, title, version: number.toString() };
}

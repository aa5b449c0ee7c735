import type { DatabaseSync } from 'node:sqlite';
import { writeVersion } from './migrate.ts';
import { readOperatorPairs } from './pairs.ts';
import { inOneTransaction } from './transaction.ts';

/**
 * Makes the tables of an empty database by all pairs, in one transaction, and writes their version down.
 *
 * @param shownAs the file in the words of whoever named it
 * @returns the version
 */
export function createSchema(database: DatabaseSync, shownAs: string): number {
  const pairs = readOperatorPairs();
  const version = pairs.at(-1)?.version ?? 0;
  return inOneTransaction(database, shownAs, () => {
    for (const { up } of pairs) database.exec(up.sql);
    writeVersion(database, { ledger: 'none' }, version);
    return version;
  });
}

import type { DatabaseSync } from 'node:sqlite';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { ensureJournal } from './journal.ts';
import { readLedger } from './read.ts';
import { ensureLedger } from './write.ts';

/** Our tables, where they are not there: files may write into them. */
export function ensureTables(database: DatabaseSync, name: LedgerName): void {
  ensureLedger(database, name, readLedger(database, name));
  ensureJournal(database, name);
}

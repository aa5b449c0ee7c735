import type { Bundle, KnownBundles } from '../../plan/known.ts';
import { mayBeOlder } from '../../plan/older.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { Connection } from '../session/connection.ts';
import { parseBundles } from './bundles.ts';
import { journalTable } from './journal.ts';
import type { Ledger } from './ledger.ts';

/** What is on record about bundles; the journal is asked only where these files may be older than the last ones. */
export async function judgeBundles(
  connection: Connection,
  name: LedgerName,
  own: Bundle,
  rows: readonly Record<string, unknown>[],
  ledger: Ledger,
  hasJournal: boolean,
): Promise<KnownBundles> {
  const known = parseBundles(rows, own);
  if (!mayBeOlder(own, known)) return known;
  return { ...known, hasNewText: await hasNewText(connection, name, own, ledger, hasJournal) };
}

/**
 * Whether one of the files has a text that the database never got, whatever its version: such files are not those that a stack is rolled
 * back to, since what is rolled back to was run to its end.
 */
async function hasNewText(
  connection: Connection,
  name: LedgerName,
  { files, initial = [] }: Bundle,
  { rows: ledger }: Ledger,
  hasJournal: boolean,
): Promise<boolean> {
  const inLedger = new Set(ledger.map(({ checksum }) => checksum));
  // What another tool applied has no checksum to compare.
  const unsaid = new Set(
    ledger.filter(({ checksum }) => checksum === undefined).map(({ version }) => version),
  );
  const unseen = files.filter(
    ([version, checksum]) => !inLedger.has(checksum) && !unsaid.has(version) && !initial.includes(version),
  );
  if (unseen.length === 0 || !hasJournal) return unseen.length > 0;
  const checksums = [...new Set(unseen.map(([, checksum]) => checksum))];
  const sql = `SELECT DISTINCT checksum FROM ${journalTable(name)} WHERE status = 'applied' AND checksum = ANY ($1)`;
  const { rows } = await connection.send(sql, { values: [checksums] });
  return rows.length < checksums.length;
}

import { type CatalogDrift, compareWithCatalog, whyNotComparable } from '../plan/catalog-drift.ts';
import type { ExpectedCatalog } from '../plan/expected-catalog.ts';
import { readMoment } from '../postgres/drift/read-moment.ts';
import { readLedger } from '../postgres/ledger/read-ledger.ts';
import { withConnection } from '../postgres/session/connection.ts';
import type { DatabaseReport } from '../reports/database.ts';
import { redactDeep } from '../secrets/redact.ts';
import type { PostgresSettings } from '../settings/settings.ts';

/** What became of a comparison: how the catalog differs, or in words why it was not compared. */
export type CatalogLook =
  | { readonly database: DatabaseReport; readonly drift: CatalogDrift }
  | { readonly database: DatabaseReport; readonly notCompared: string };

/** A catalog of ten thousand tables takes some seconds. */
const MOST_MS = 60_000;

/**
 * Compares the catalog of a database with what files make, as it was written down, in a session of its own that only reads: no server is
 * needed to run the files on. Where the database has another set of files, nothing is compared.
 *
 * @param giveUpAt when to stop waiting for answers, in milliseconds since the epoch
 * @throws RegistryJobsError `connect-...`, `ledger-unreadable`, `catalog-locked`, `catalog-slow`, `catalog-changing`
 */
export async function lookForDrift(
  settings: PostgresSettings,
  expected: ExpectedCatalog,
  giveUpAt: number,
): Promise<CatalogLook> {
  const { ledger } = settings;
  const { host, port, address, database: name, user } = settings.database;
  // Not a whole session: the function that refreshes the statistics would carry all that a migration needs.
  const bounds = { purpose: 'registry-jobs drift', giveUpAt, answerMs: MOST_MS };
  return withConnection(settings.database, bounds, async (connection) => {
    const readRows = () => readLedger(connection, settings.database, ledger);
    const before = await readRows();
    const serverVersion = connection.serverVersion.split(' ')[0] ?? '';
    const database = { host, port, ...(address !== undefined && { address }), name, user, serverVersion };
    const running = { database, notCompared: 'migrations are being applied' };
    if (!before) return running;
    const timeoutMs = Math.max(1_000, Math.min(MOST_MS, giveUpAt - Date.now()));
    const { applied, snapshot, role } = await readMoment(connection, database, ledger, timeoutMs);
    // One may have begun in between, and what it makes without a transaction is seen before it is in the ledger.
    if (!(await readRows())) return running;
    const notCompared = whyNotComparable(expected.files, applied?.rows);
    if (notCompared !== undefined) return { database, notCompared };
    const major = Number.parseInt(serverVersion, 10);
    return { database, drift: redactDeep(compareWithCatalog(expected, { snapshot, role, major }), []) };
  });
}

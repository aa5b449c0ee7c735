import type { Known } from '../../plan/known.ts';
import type { DatabaseReport } from '../../reports/database.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { knownOf, survey } from '../ledger/survey.ts';
import { withConnection } from '../session/connection.ts';
import { type Moment, readMoment } from './read-moment.ts';

/** A database at one moment: what is applied, and its catalog. */
export interface There extends Omit<Moment, 'applied'> {
  readonly database: DatabaseReport;
  readonly major: number;
  /** What the ledger says; nothing where there is none, or it is another tool's. */
  readonly known: Known | undefined;
}

/** A catalog of ten thousand tables takes some seconds. */
const STATEMENT_TIMEOUT_MS = 60_000;

/** With the time for a goodbye. */
const GIVE_UP_MS = 150_000;

/**
 * Reads the ledger and the catalog of a database, both as of one moment: in one transaction that reads only. It writes nothing, waits 2
 * seconds for a lock at the most, and holds those that it takes no longer than it looks.
 *
 * @throws RegistryJobsError `connect-...`, `ledger-...`, `server-too-old`; `catalog-locked`, `catalog-slow`
 */
export function readThere(
  settings: DatabaseSettings,
  ledger: LedgerName,
  signal?: AbortSignal,
): Promise<There> {
  const bounds = { purpose: 'registry-jobs drift', giveUpAt: Date.now() + GIVE_UP_MS, signal };
  return withConnection(
    settings,
    { ...bounds, answerMs: STATEMENT_TIMEOUT_MS + 5_000 },
    async (connection) => {
      const found = await survey(connection, settings, ledger);
      const { database } = found;
      const major = Number.parseInt(connection.serverVersion, 10);
      const { applied, ...seen } = await readMoment(connection, database, ledger, STATEMENT_TIMEOUT_MS);
      const isOurs = applied && applied.foreign === undefined;
      const known = isOurs ? { ...knownOf(found), ledger: applied.rows } : undefined;
      return { ...seen, database, major, known };
    },
  );
}

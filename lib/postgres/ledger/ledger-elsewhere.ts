import { RegistryJobsError } from '../../errors/error.ts';
import { defaultLedger, type LedgerName, showLedgerName } from '../../settings/ledger-name.ts';
import { shellWord } from '../../text/format.ts';
import type { Connection } from '../session/connection.ts';
import { ledgerTable } from './ledger.ts';

/**
 * A second ledger would have everything applied again: nobody wants one without saying so. One without a row says nothing.
 *
 * @param candidates tables of the ledger's name in other schemas
 * @param exists whether there is one where it is looked for
 * @throws RegistryJobsError `ledger-elsewhere`
 */
export async function assertNotElsewhere(
  connection: Connection,
  candidates: readonly LedgerName[],
  exists: boolean,
): Promise<void> {
  const hasRows = candidates.map(async (candidate) => {
    const { rows } = await connection.send(`SELECT FROM ${ledgerTable(candidate)} LIMIT 1`);
    return rows.length > 0;
  });
  const answers = await Promise.allSettled(hasRows);
  // One that may not be read may have rows.
  const elsewhere = candidates.filter((_, index) => {
    const answer = answers[index];
    return answer?.status === 'rejected' || answer?.value === true;
  });
  const [first] = elsewhere;
  if (first === undefined) return;
  const [name, ours] = [shellWord(showLedgerName(first)), showLedgerName(defaultLedger)];
  throw new RegistryJobsError(
    'ledger-elsewhere',
    `${exists ? `${ours} has no rows` : `There is no ${ours}`}, but there is ${elsewhere.map(showLedgerName).join(' and ')}: which is the ledger?`,
    {
      hint: `Name it: --ledger ${name}, or REGISTRY_JOBS_LEDGER=${name}, or the parameter ledger. For a new one: --ledger ${ours}`,
    },
  );
}

import { defaultLedger } from '../advisory-lock.ts';
import type { Connection } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { quoteQualified } from '../identifiers.ts';

/**
 * A second ledger would have everything applied again: nobody wants one without saying so. One without a row says nothing.
 *
 * @param candidates tables of the ledger's name in other schemas
 * @param exists whether there is one where it is looked for
 * @throws RegistryJobsError `ledger-elsewhere`
 */
export async function assertNotElsewhere(
  connection: Connection,
  candidates: readonly string[],
  exists: boolean,
): Promise<void> {
  const hasRows = candidates.map(async (candidate) => {
    const { rows } = await connection.send(`SELECT FROM ${quoteQualified(candidate)} LIMIT 1`);
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
  const { schema, table } = defaultLedger;
  throw new RegistryJobsError(
    'ledger-elsewhere',
    `${exists ? `${schema}.${table} has no rows` : `There is no ${schema}.${table}`}, but there is ${elsewhere.join(' and ')}: which is the ledger?`,
    {
      hint: `Name it: --ledger ${first}, or REGISTRY_JOBS_LEDGER=${first}, or the parameter ledger. For a new one: --ledger ${schema}.${table}`,
    },
  );
}

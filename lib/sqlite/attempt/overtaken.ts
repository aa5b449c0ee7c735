import { RegistryJobsError } from '../../errors/error.ts';

/** Another run has written the ledger since the plan was made: the engine plans again, where that is what was asked for. */
export function overtaken(shownAs: string): RegistryJobsError {
  return new RegistryJobsError('overtaken', `Another run has changed the ledger of ${shownAs} meanwhile.`, {
    hint: 'See what is applied now, then run again: registry-jobs status',
  });
}

import { isPostgresError } from '../../errors/postgres-error.ts';
import { throwIfStopped } from '../../errors/stopped.ts';
import type { Connection } from '../../postgres/session/connection.ts';
import { type SeedStep, seedSteps } from './seed.ts';

const STAYS = 'What the steps before it have added stays. To add more: registry-jobs seed --files 10000';

/**
 * Adds `files` generated files to a migrated database, a transaction per step.
 *
 * @param signal that of the session
 * @throws RegistryJobsError `stopped` when it asked to; the steps before stay
 */
export async function seed(
  connection: Connection,
  files: number,
  onStep: (step: SeedStep) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (const step of seedSteps(files)) {
    const rest = `; nothing of this step was kept: ${step.title}`;
    throwIfStopped(signal, rest, { hint: STAYS });
    onStep(step);
    await Promise.all(
      ['BEGIN READ WRITE', step.sql, 'COMMIT'].map((sql) =>
        connection.send(sql, { mayTakeMs: Infinity, mayBeStopped: true }),
      ),
    ).catch((error: unknown) => {
      if (isPostgresError(error)) throwIfStopped(signal, rest, { hint: STAYS, cause: error });
      throw error;
    });
  }
}

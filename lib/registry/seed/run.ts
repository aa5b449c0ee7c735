import type { Connection } from '../../postgres/session/connection.ts';
import { type SeedStep, seedSteps } from './seed.ts';

/** Adds `files` generated files to a migrated database, a transaction per step. */
export async function seed(
  connection: Connection,
  files: number,
  onStep: (step: SeedStep) => void,
): Promise<void> {
  for (const step of seedSteps(files)) {
    onStep(step);
    await Promise.all(
      ['BEGIN READ WRITE', step.sql, 'COMMIT'].map((sql) => connection.send(sql, { mayTakeMs: Infinity })),
    );
  }
}

import { expect, test } from 'vitest';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import { outcomeUnknown } from '../../lib/postgres/attempt/ask-database.ts';

const lost = (message: string, transaction: boolean) =>
  outcomeUnknown(new RegistryJobsError('connection-lost', message), { file: 'm/004_d.sql', transaction });

test('what the server said is a sentence of its own', () => {
  expect(lost('terminating connection due to administrator command', true)).toMatchObject({
    code: 'outcome-unknown',
    message:
      'terminating connection due to administrator command. Whether m/004_d.sql was kept is not known.',
    hint: 'When the server answers again, the ledger knows: registry-jobs status',
  });
  expect(lost('COMMIT was answered with a rollback.', true).message).toBe(
    'COMMIT was answered with a rollback. Whether m/004_d.sql was kept is not known.',
  );
});

test('of a file without a transaction the journal knows, statement by statement', () => {
  expect(lost('The connection was lost: read ECONNRESET', false)).toMatchObject({
    message: 'The connection was lost: read ECONNRESET. How far m/004_d.sql came is not known.',
    hint: 'When the server answers again, the journal knows: registry-jobs status --history',
  });
});

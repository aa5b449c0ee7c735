import { expect, test } from 'vitest';
import { earlierFailure } from '../../lib/engine/detach.ts';
import type { JournalRow } from '../../lib/plan/known.ts';
import { explainRow } from '../../lib/postgres/detach/explain-row.ts';
import { compile, settingsFor } from '../support/migrations.ts';

const settings = settingsFor('postgres://me@127.0.0.1/d');
const backend = { pid: 1, start: '2026-11-28T09:00:00Z' };

/** What a further call of a run says of attempts at a file of one transaction that were found as this row says, so many times. */
async function told(row: Partial<JournalRow>, times: number) {
  const [migration] = (await compile({ '001_a.sql': 'create table a ()' })).migrations;
  if (!migration) throw new Error('There is one.');
  const task = { migration, direction: 'up' as const };
  const attempt: JournalRow = {
    ...{
      runId: 'r',
      version: '001_a',
      file: 'm/001_a.sql',
      checksum: migration.up.checksum,
      direction: 'up',
    },
    ...{ transaction: true, status: 'running', statements: 1, done: 0, startedAt: '2026-11-28T09:00:00Z' },
    ...{ who: 'f', dbUser: 'u', toolVersion: '1', ...row },
  } as JournalRow;
  const session = {
    explainRow: (of: typeof task, found: JournalRow) =>
      explainRow(of, found, { settings, ledger: settings.ledger }),
  };
  const context = { attempts: Array<JournalRow>(times).fill(attempt) };
  return earlierFailure(session as never, task, context as never)?.error.code;
}

test('a file that was waited for is begun again where its run was killed, until it is taken for what kills it', async () => {
  expect([await told({}, 1), await told({}, 2), await told({}, 3)]).toEqual([
    undefined,
    undefined,
    'interrupted',
  ]);
  expect(await told({ status: 'interrupted' }, 1)).toBeUndefined();
});

test('one that ran on in the server and was ended there is a failure at once, and so is what failed', async () => {
  expect(await told({ backend }, 1)).toBe('interrupted');
  expect(await told({ status: 'failed', error: '1:1: it is wrong' }, 1)).toBe('statement-failed');
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create table log (x text)');
});
afterEach(() => database.drop());

const RESUME = /registry-jobs resume(?! --from)/;

test.each([
  ['fails', 'perform 1 / 0', 'Correct the statement.'],
  [
    'is ended',
    'perform pg_terminate_backend(pg_backend_pid())',
    'Somebody ended the session, or the server was stopped. Find out why.',
  ],
])(
  'a CALL that has committed and then %s: nothing says resume alone, which is refused',
  async (_, end, hint) => {
    await database.query(`create procedure p() language plpgsql as $$
    begin insert into log values ('kept'); commit; ${end}; end $$`);
    const files = await compile({ '1_a.sql': '-- registry-jobs: transaction off\ncall p();\n' });
    const report = await up(files, settingsFor(database.url));
    expect(report).toMatchObject({ failed: { outcome: 'half-done', uncertain: 1, error: { hint } } });
    expect(renderMigrationReport(report)).not.toMatch(RESUME);
    expect(renderMigrationReport(report)).toContain('registry-jobs resume --from 1');
  },
);

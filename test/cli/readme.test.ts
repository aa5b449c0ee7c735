import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cliInProcess, createProject, steady } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeBlocks } from '../support/markdown.ts';

test('the run that the README shows is what such a run prints', async () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const [shown = ''] = codeBlocks(readme);
  const [, command = ''] = /^\$ npx registry-jobs (.*)\n/.exec(shown) ?? [];
  const database = await createTestDatabase();
  const folder = createProject({
    'migrations/027_alert_types.sql': `create table if not exists alert_types (name text primary key);
insert into alert_types (name) values ('Fixity') on conflict do nothing;`,
    'migrations/028_labels.sql': `-- What a depositor calls an object.
create table if not exists labels (title text not null);
create index if not exists labels_title on labels (lower(titel));`,
  });
  const { code, stdout } = await cliInProcess(command.split(' '), {
    folder,
    env: { DATABASE_URL: database.url },
  });
  await database.drop();
  expect(code).toBe(1);
  expect(steady(stdout)).toBe(steady(shown.replace(/^.*\n/, '')));
});

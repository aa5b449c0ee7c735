import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli, cliInProcess, createProject } from '../support/cli.ts';

test('creates the next plain file, and the folder if it is not there', async () => {
  const folder = createProject({});
  expect(await cli(['new', 'Add alert types!'], { folder })).toEqual({
    code: 0,
    stdout: `Created ${path.join('migrations', '001_add_alert_types.sql')}\n`,
    stderr: '',
  });
  expect(readFileSync(path.join(folder, 'migrations/001_add_alert_types.sql'), 'utf8')).toBe(
    [
      '-- Runs in one transaction, together with its row in schema_migrations.',
      '-- Write it so that running it twice does no harm: IF NOT EXISTS, CREATE OR REPLACE, ON CONFLICT.',
      '',
      '',
    ].join('\n'),
  );
});

test('goes on after the highest number, as wide as it is, and overwrites nothing', async () => {
  const folder = createProject({ 'sql/0009_a.sql': 'SELECT 9;', 'sql/0002_b.sql': 'SELECT 2;' });
  for (const title of ['same', 'same']) await cliInProcess(['new', '-m', 'sql', title], { folder });
  expect(readdirSync(path.join(folder, 'sql')).sort()).toEqual([
    '0002_b.sql',
    '0009_a.sql',
    '0010_same.sql',
    '0011_same.sql',
  ]);
  expect(readFileSync(path.join(folder, 'sql/0009_a.sql'), 'utf8')).toBe('SELECT 9;');
});

test('--versioned creates a pair with the time as version', async () => {
  const folder = createProject({});
  const { code, stdout } = await cliInProcess(['new', '--versioned', '--json', 'split names'], { folder });
  const { files } = JSON.parse(stdout);
  expect([code, files]).toEqual([
    0,
    [
      expect.stringMatching(/^migrations.\d{14}_split_names\.up\.sql$/),
      expect.stringMatching(/^migrations.\d{14}_split_names\.down\.sql$/),
    ],
  ]);
  expect(readdirSync(path.join(folder, 'migrations')).sort()).toEqual(
    files.map((file: string) => path.basename(file)).sort(),
  );
  const time = /\d{14}/.exec(files[0])?.[0] ?? '';
  const written = Date.parse(time.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'));
  expect(Math.abs(Date.now() - written)).toBeLessThan(120_000);
});

test('a title without a letter or digit names no file', async () => {
  const folder = createProject({});
  expect(await cliInProcess(['new', ' -!- '], { folder })).toEqual({
    code: 2,
    stdout: '',
    stderr: [
      'error: " -!- " has no letter or digit to name a file by. [bad-title]',
      'What to do: Say what the migration does: registry-jobs new "add alert types"\n',
    ].join('\n'),
  });
  expect(existsSync(path.join(folder, 'migrations'))).toBe(false);
});

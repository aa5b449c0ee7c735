import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cliInProcess } from '../support/cli.ts';
import { eraFile, inDatabase, registryFile } from '../support/operators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('migrate says what it did, and repair what it would do and did, within 80 columns', async () => {
  const file = eraFile();
  const run = (...args: string[]) => cliInProcess(['operators', ...args], { folder: path.dirname(file) });
  expect(await run('migrate', 'index.db', '--to', '2')).toEqual({
    code: 0,
    stdout: `Migrated index.db from before version 0 to version 2, in one transaction:
  up    0 init
  up    1 related_images
  up    2 bundle_path
It had no ledger: its tables told the version.
What older loaders never wrote is derived by:
  registry-jobs operators repair index.db
`,
    stderr: '',
  });
  expect(await run('migrate', 'index.db', '--to', '1')).toMatchObject({
    stdout: `Migrated index.db from version 2 to version 1, in one transaction:
  down  2 bundle_path
What version 1 cannot hold waits in tables registry_jobs_kept_... for the way
up.
`,
  });
  expect(await run('repair', 'index.db')).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: index.db is at version 1; repair knows version 13. [registry-older]
What to do: Migrate it first: registry-jobs operators migrate index.db
`,
  });
  expect(await run('migrate', 'index.db', '--to', '99')).toMatchObject({ code: 2 });
});

test('repair shows, and writes with --yes', async () => {
  const file = registryFile();
  const run = (...args: string[]) => cliInProcess(['operators', ...args], { folder: path.dirname(file) });
  expect(await run('repair', 'index.db')).toEqual({
    code: 0,
    stdout: 'Nothing to repair: the rows of 6 bundles of index.db are what their manifests\nsay.\n',
    stderr: '',
  });
  inDatabase(file, (database) =>
    database.exec(`PRAGMA foreign_keys = OFF;
      UPDATE dependencies SET value = (SELECT value FROM dependencies LIMIT 1);
      DELETE FROM api_requirer; DELETE FROM api_provider; DELETE FROM related_image`),
  );
  const lines = [
    '',
    '  table         rows  after  added  changed  removed',
    '  api              0      6      6        0        0',
    '  api_provider     0      8      8        0        0',
    '  api_requirer     0      4      4        0        0',
    '  related_image    0      6      6        0        0',
  ];
  const { stdout } = await run('repair', 'index.db');
  expect(stdout.split('\n')[0]).toBe('Would repair 6 bundles of index.db:');
  for (const line of lines.slice(2)) expect(stdout).toMatch(new RegExp(line.trim().replaceAll(/ +/g, ' +')));
  expect(stdout).toContain(
    'Not in the manifests, so it stays as it is:\n  - the value of a dependency of type olm.package',
  );
  expect(stdout).toContain(
    'To write it, in one transaction:\n  registry-jobs operators repair index.db --yes\n',
  );
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);

  const { code, stdout: json } = await run('repair', 'index.db', '--yes', '--json');
  expect([code, JSON.parse(json)]).toMatchObject([0, { command: 'operators repair', status: 'repaired' }]);
});

test('what is no registry is told alike by each command, and a folder as one', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'empty.db'), '');
  mkdirSync(path.join(folder, 'dir'));
  const told = async (...args: string[]) => (await cliInProcess(['operators', ...args], { folder })).stderr;
  for (const command of ['inspect', 'migrate', 'repair', 'export', 'rm'])
    for (const [file, what] of [
      ['empty.db', 'error: empty.db has no table operatorbundle: it is no operator registry. [not-an'],
      ['dir', 'error: dir is a folder, and no file. [sqlite-open]'],
      ['none.db', 'error: none.db cannot be opened: there is no such file. [sqlite-open]'],
    ] as const) {
      const more = { export: ['--output', '-'], rm: ['a'] }[command] ?? [];
      expect(await told(command, file, ...more), `${command} ${file}`).toContain(what);
    }
});

test.each([
  ['', '"" is the name of no file.'],
  [':memory:', ':memory: would be gone with the command.'],
  ['sqlite:./index.db', 'sqlite:./index.db is a URL, and commands of operator registries take the path of a'],
])('what is no path is refused by every command: "%s"', async (named, words) => {
  const file = registryFile();
  const run = (...args: string[]) => cliInProcess(['operators', ...args], { folder: path.dirname(file) });
  for (const args of [
    ['create', '.', '--database', named],
    ['check', named],
    ['inspect', named],
    ['export', named, '--output', 'c'],
    ['diff', named, 'index.db'],
    ['diff', 'index.db', named],
    ['migrate', named],
    ['repair', named],
    ['rm', named, 'shed'],
    ['deprecate', named, 'shed.v1'],
    ['add', named, '.'],
  ]) {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toContain(`error: ${words}`);
    expect(stderr).toContain('[no-path]');
    expect(stderr).toContain('What to do: ');
  }
});

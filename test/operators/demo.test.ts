import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Io } from '../../lib/cli/io.ts';
import { runOperatorsDemo } from '../../lib/cli/operators-demo.ts';
import { openSqlite } from '../../lib/sqlite/open.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the demo of operator registries shows them, and leaves the file that it made', async () => {
  let shown = '';
  const io: Io = {
    out: (text) => {
      shown += text;
    },
    err: () => {},
    isTerminal: false,
    hasColor: false,
    who: 'tester@here',
    env: {},
    folder: temporaryFolder(),
    ask: () => Promise.reject(new Error('Nobody is there to be asked.')),
  };
  const root = path.resolve(import.meta.dirname, '../..');
  const folder = await runOperatorsDemo({ root, temporary: temporaryFolder() }, io, '1.2.3');
  expect(shown).toContain('Created index.db (version 13)');
  expect(shown).toContain('Migrated index.db from version 6 to version 13');
  expect(shown).toContain('* lantern.v1.2.0');
  expect(shown).toContain('14 files proved');
  expect(shown).toContain('Exported index.db to catalog.yaml (yaml): 2 packages, 3 channels, 4 bundles.');
  expect(shown).toContain('broken/lantern/lantern.package.yaml:5:3: error: Channel "stable"');
  const database = await openSqlite(path.join(folder, 'index.db'), { readOnly: true });
  expect(database.prepare('SELECT name FROM package ORDER BY name').all()).toEqual([
    { name: 'ferry' },
    { name: 'lantern' },
  ]);
  database.close();
  expect(existsSync(path.join(folder, 'broken'))).toBe(true);
});

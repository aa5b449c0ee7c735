import path from 'node:path';
import { expect, test } from 'vitest';
import { check, create } from '../../lib/api-operators.ts';
import { csvOf, packageOf, rowsIn, treeOf } from '../support/operator-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a program checks a folder, and makes a registry of it', async () => {
  const folder = treeOf({ 'p.yaml': packageOf('a', { stable: 'a.v1' }), '1/a.yaml': csvOf('a.v1') });
  expect(await check({ folder })).toMatchObject({ status: 'ok', folder, packages: 1, findings: [] });
  const database = path.join(temporaryFolder(), 'index.db');
  expect(await create({ folder, database })).toMatchObject({ status: 'created', database });
  expect(rowsIn(database, 'SELECT name FROM operatorbundle')).toEqual([['a.v1']]);
  await expect(create({ folder, database })).rejects.toMatchObject({ code: 'registry-exists' });
  await expect(check({ folder: path.join(folder, 'none') })).rejects.toMatchObject({
    code: 'manifests-folder',
  });
});

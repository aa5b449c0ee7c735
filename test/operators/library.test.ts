import path from 'node:path';
import { expect, test } from 'vitest';
import { add, check, create, deprecate, rm } from '../../lib/api-operators.ts';
import { bundlesOf, registryBeside } from '../support/operator-bundles.ts';
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

test('a program adds a bundle, deprecates an older one, and removes the package', async () => {
  const root = bundlesOf({ 'a.v3': { version: '3.0.0', replaces: 'a.v2', channels: 'stable' } });
  const database = await registryBeside(root);
  const bundles = [{ directory: path.join(root, 'a.v3'), image: 'quay.io/me/a:v3' }];
  expect(await add({ database, bundles })).toMatchObject({ status: 'would-change', database });
  expect(await add({ database, bundles, write: true })).toMatchObject({ status: 'changed', findings: [] });
  const ended = await deprecate({ database, bundles: ['a.v2'], write: true });
  expect(ended.changes).toMatchObject({ deprecated: ['a.v2'], bundlesRemoved: ['a.v1'] });
  await rm({ database, packages: ['a'], write: true });
  expect(rowsIn(database, 'SELECT name FROM operatorbundle')).toEqual([]);
});

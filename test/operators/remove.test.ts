import { expect, test } from 'vitest';
import { addOperators } from '../../lib/operators/change/add.ts';
import { deprecateOperators } from '../../lib/operators/change/deprecate.ts';
import { rmOperators } from '../../lib/operators/change/rm.ts';
import { bundlesOf, registryBeside, sourcesOf } from '../support/operator-bundles.ts';
import { caughtCode } from '../support/operator-codes.ts';
import { crdOf, csvOf, packageOf, rowsIn, treeOf } from '../support/operator-trees.ts';
import { contentOf } from '../support/operators.ts';

const crd = crdOf('foos', 'x.io', 'v1', 'Foo');
const owns = ['customresourcedefinitions: {owned: [{name: foos.x.io, version: v1, kind: Foo}]}'];
/** Two packages that provide the same API, which nobody requires; each channel has a chain. */
const two = {
  ...{ 'a.package.yaml': packageOf('a', { stable: 'a.v3', old: 'a.v2' }, 'stable'), 'a/1/f.yaml': crd },
  'a/1/a.yaml': csvOf('a.v1', { version: '1.0.0', spec: owns }),
  'a/2/a.yaml': csvOf('a.v2', { version: '2.0.0', replaces: 'a.v1', skips: ['a.v0'] }),
  'a/3/a.yaml': csvOf('a.v3', { version: '3.0.0', replaces: 'a.v2' }),
  ...{ 'b.package.yaml': packageOf('b', { stable: 'b.v1' }), 'b/1/f.yaml': crd },
  'b/1/b.yaml': csvOf('b.v1', { version: '1.0.0', spec: owns }),
};
const two_ = () => registryBeside(treeOf({}), two);
const write = { write: true, shownAs: 'index.db' };

test('a package goes with all that is its own, and nothing of another one', async () => {
  const file = await two_();
  const report = await rmOperators(file, ['a'], write);
  expect(report.changes).toMatchObject({ packagesRemoved: ['a'], bundlesRemoved: ['a.v1', 'a.v2', 'a.v3'] });
  const alone = await registryBeside(
    treeOf({}),
    Object.fromEntries(Object.entries(two).filter(([name]) => name.startsWith('b'))),
  );
  const [{ channel_entry: _, ...rest }, { channel_entry: __, ...wanted }] = [
    contentOf(file),
    contentOf(alone),
  ];
  // The trigger of the schema would have taken the API of b, which no bundle requires.
  expect(rest).toEqual(wanted);
  expect(rowsIn(file, 'SELECT kind FROM api')).toEqual([['Foo']]);
  expect(rowsIn(file, 'PRAGMA foreign_key_check')).toEqual([]);
});

test('what was added and is removed leaves nothing', async () => {
  const root = bundlesOf({
    'c.v1': { version: '1.0.0', channels: 'stable', package: 'c', files: { 'manifests/f.yaml': crd } },
    'c.v2': { version: '2.0.0', replaces: 'c.v1', channels: 'stable', package: 'c' },
  });
  const file = await registryBeside(root, two);
  const before = contentOf(file);
  await addOperators(file, sourcesOf(['c.v1', 'c.v2']), { ...write, root });
  expect(contentOf(file)).not.toEqual(before);
  await rmOperators(file, ['c'], write);
  expect(contentOf(file)).toEqual(before);
});

test('all others are removed; an unknown one is told, and a look writes nothing', async () => {
  const file = await two_();
  const before = contentOf(file);
  expect(await caughtCode(rmOperators(file, ['b', 'x'], write))).toBe(
    'unknown-package: index.db has no package "x". It has "a" and "b". Nothing was changed.',
  );
  expect((await rmOperators(file, ['b'], { ...write, keep: true, write: false })).status).toBe(
    'would-change',
  );
  expect(contentOf(file)).toEqual(before);
  await rmOperators(file, ['b'], { ...write, keep: true });
  expect(rowsIn(file, 'SELECT name FROM package')).toEqual([['b']]);
  expect((await rmOperators(file, ['b'], { ...write, keep: true })).status).toBe('nothing-to-do');
});

test('a deprecated bundle is the end of its chain; the channel whose head it is goes', async () => {
  const file = await two_();
  const report = await deprecateOperators(file, ['a.v2'], write);
  expect(report.changes).toMatchObject({
    channelsRemoved: [{ package: 'a', channel: 'old' }],
    bundlesRemoved: ['a.v1'],
    deprecated: ['a.v2'],
  });
  const sql = `SELECT DISTINCT channel_name, operatorbundle_name, replaces IS NULL FROM channel_entry WHERE package_name = 'a' ORDER BY 2 DESC`;
  expect(rowsIn(file, sql)).toEqual([
    ['stable', 'a.v3', 0],
    ['stable', 'a.v2', 1],
  ]);
  expect(
    rowsIn(file, "SELECT operatorbundle_name, value FROM properties WHERE type = 'olm.deprecated'"),
  ).toEqual([['a.v2', '{}']]);
  expect(rowsIn(file, 'SELECT kind FROM api')).toEqual([['Foo']]);
  expect(rowsIn(file, 'PRAGMA foreign_key_check')).toEqual([]);
  expect((await deprecateOperators(file, ['a.v2'], write)).status).toBe('nothing-to-do');
});

test('the head of the default channel stays, but where the whole package is meant', async () => {
  const file = await two_();
  const before = contentOf(file);
  expect(await caughtCode(deprecateOperators(file, ['a.v3'], write))).toBe(
    'default-channel-head: Bundle "a.v3" is the head of "stable", the default channel of package "a". Nothing was changed.',
  );
  expect(await caughtCode(deprecateOperators(file, ['a.v9'], write))).toMatch(/^unknown-bundle: /);
  const whole = { ...write, removePackages: true };
  expect(await caughtCode(deprecateOperators(file, ['a.v3'], whole))).toMatch(/^default-channel-head: /);
  expect(contentOf(file)).toEqual(before);
  const report = await deprecateOperators(file, ['a.v3', 'a.v2'], whole);
  expect(report.changes).toMatchObject({ packagesRemoved: ['a'], deprecated: [] });
});

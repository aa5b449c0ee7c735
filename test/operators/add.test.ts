import { expect, test } from 'vitest';
import { addOperators, type OperatorsAddOptions } from '../../lib/operators/change/add.ts';
import { bundlesOf, type NewBundleText, registryBeside, sourcesOf } from '../support/operator-bundles.ts';
import { crdOf, packageOf, rowsIn } from '../support/operator-trees.ts';
import { contentOf } from '../support/operators.ts';

async function adding(
  bundles: Readonly<Record<string, NewBundleText>>,
  options: OperatorsAddOptions = {},
  tree?: Readonly<Record<string, string>>,
) {
  const root = bundlesOf(bundles);
  const file = await registryBeside(root, tree);
  const before = contentOf(file);
  const report = await addOperators(file, sourcesOf(Object.keys(bundles)), {
    root,
    shownAs: 'index.db',
    write: true,
    ...options,
  });
  return {
    file,
    before,
    report,
    findings: report.findings.map(
      ({ message, code, location }) => `${location?.file}:${location?.line}: ${message} [${code}]`,
    ),
  };
}

const graph = (file: string) =>
  rowsIn(
    file,
    `SELECT one.channel_name || ' ' || one.depth || ' ' || one.operatorbundle_name || coalesce(' > ' || other.operatorbundle_name, '') AS line
    FROM channel_entry AS one LEFT JOIN channel_entry AS other ON other.entry_id = one.replaces ORDER BY one.entry_id`,
  ).flat();

test('the highest version becomes the head, and what it says of itself is in the rows', async () => {
  const { file, report } = await adding({
    'a.v3': {
      version: '3.0.0',
      replaces: 'a.v2',
      channels: 'stable,beta',
      files: {
        'manifests/foo.crd.yaml': crdOf('foos', 'x.io', 'v1', 'Foo'),
        'metadata/dependencies.yaml':
          'dependencies: [{type: olm.package, value: {version: ">1", packageName: b}}]\n',
        'metadata/properties.json': '{"properties": [{"type": "own", "value": {"z": 1, "a": "<"}}]}',
      },
    },
  });
  expect(report).toMatchObject({
    status: 'changed',
    changes: {
      bundlesAdded: ['a.v3'],
      channelsAdded: [{ package: 'a', channel: 'beta' }],
      heads: [{ package: 'a', channel: 'stable', from: 'a.v2', to: 'a.v3' }],
    },
  });
  expect(graph(file)).toEqual([
    ...['beta 0 a.v3 > a.v2', 'beta 1 a.v2 > a.v1', 'beta 2 a.v1'],
    ...['stable 0 a.v3 > a.v2', 'stable 1 a.v2 > a.v1', 'stable 2 a.v1'],
  ]);
  const own = "operatorbundle_name = 'a.v3'";
  expect(rowsIn(file, `SELECT DISTINCT type, value FROM properties WHERE ${own} ORDER BY 1`)).toEqual([
    ['olm.gvk', '{"group":"x.io","kind":"Foo","version":"v1"}'],
    ['olm.package', '{"packageName":"a","version":"3.0.0"}'],
    ['own', '{"z":1,"a":"\\u003c"}'],
  ]);
  expect(
    rowsIn(file, `SELECT type, CAST(value AS TEXT), typeof(value) FROM dependencies WHERE ${own}`),
  ).toEqual([['olm.package', '{"packageName":"b","version":"\\u003e1"}', 'blob']]);
  expect(rowsIn(file, `SELECT image FROM related_image WHERE ${own}`)).toEqual([['quay.io/me/a.v3']]);
  expect(rowsIn(file, 'SELECT default_channel FROM package')).toEqual([['stable']]);
  expect(rowsIn(file, 'PRAGMA foreign_key_check')).toEqual([]);
});

test('a package that is new needs no more than its bundles', async () => {
  const { file, report } = await adding({
    'b.v2': { version: '2.0.0', replaces: 'b.v1', channels: 'stable', package: 'b' },
    'b.v1': { version: '1.0.0', channels: 'stable', package: 'b' },
  });
  expect(report.changes).toMatchObject({ packagesAdded: ['b'], bundlesAdded: ['b.v1', 'b.v2'] });
  expect(rowsIn(file, "SELECT default_channel FROM package WHERE name = 'b'")).toEqual([['stable']]);
});

test('what is wrong with any of them is told, and nothing is written', async () => {
  const { file, before, findings, report } = await adding({
    'a.v2': { version: '2.0.1', channels: 'stable' },
    'a.v4': { version: 'v4', channels: 'stable', replaces: 'a.v2' },
    'a.v5': { version: '5.0.0', channels: 'stable', files: { 'metadata/annotations.yaml': 'x: 1\n' } },
    'a.v6': { channels: 'stable', spec: ['version: 6'] },
  });
  expect(report).toMatchObject({
    status: 'failed',
    changes: { bundlesAdded: [], bundlesRemoved: [], heads: [] },
  });
  expect(findings).toEqual([
    'a.v2/manifests/a.csv.yaml:4: Bundle "a.v2" is in index.db already. [bundle-exists]',
    'a.v4/manifests/a.csv.yaml:6: Channel "stable" of package "a" holds "a.v4" of version "v4", which is no semantic version. [bundle-version]',
    'a.v5:1: No file of the folder "metadata" holds the annotations of the bundle. [annotations-missing]',
    'a.v6/manifests/a.csv.yaml:6: spec.version has to be a text, and is 6, a number. [manifest-type]',
  ]);
  expect(contentOf(file)).toEqual(before);
});

test.for<[string, Readonly<Record<string, NewBundleText>>, string]>([
  [
    'one that nothing leads to',
    { 'a.v0': { version: '0.1.0', channels: 'stable' } },
    'Bundle "a.v0" could not be reached in channel "stable" of package "a", whose head is "a.v2". [bundle-pruned]',
  ],
  [
    'a head that leads nowhere',
    { 'a.v3': { version: '3.0.0', channels: 'stable' } },
    'Bundle "a.v1" could no longer be reached in channel "stable" of package "a", whose head is "a.v3". [bundle-pruned]',
  ],
  [
    'a chain with a gap',
    { 'a.v3': { version: '3.0.0', channels: 'stable', replaces: 'a.v9' } },
    'Bundle "a.v3" of channel "stable" replaces "a.v9", which is no bundle of index.db. [replaces-missing]',
  ],
  [
    'two heads',
    { 'a.x': { version: '2.0.0', channels: 'stable' } },
    'Channel "stable" of package "a" would have two heads, "a.v2" and "a.x", both of version "2.0.0". [bundle-version]',
  ],
  [
    'a name of another package',
    { 'b.v1': { version: '1.0.0', channels: 's', package: 'b', replaces: 'a.v1' } },
    'Bundle "b.v1" of package "b" replaces "a.v1", which is in package "a". [bundle-of-other-package]',
  ],
])('%s is refused', async ([, bundles, message]) => {
  const { file, before, findings } = await adding(bundles);
  expect(findings.map((one) => one.replace(/^[^:]+:\d+: /, ''))).toContain(message);
  expect(contentOf(file)).toEqual(before);
});

test('by versions a bundle goes between its neighbours; images keep their contents at heads only', async () => {
  const between = await adding({ 'a.m': { version: '1.5.0', channels: 'stable' } }, { mode: 'semver' });
  expect(graph(between.file)).toEqual(['stable 0 a.v2 > a.m', 'stable 1 a.m > a.v1', 'stable 2 a.v1']);
  expect(rowsIn(between.file, 'SELECT name FROM operatorbundle WHERE csv IS NULL')).toEqual([['a.m']]);
  const patch = await adding(
    { 'a.p': { version: '2.0.1', channels: 'stable' } },
    { mode: 'semver-skippatch' },
  );
  expect(graph(patch.file)).toEqual([
    'stable 0 a.p > a.v1',
    'stable 1 a.v2',
    'stable 1 a.p > a.v2',
    'stable 2 a.v1',
  ]);
  const same = await adding({ 'a.p': { version: '2.0.0', channels: 'stable' } }, { mode: 'semver' });
  expect(same.findings).toEqual([
    'a.p/manifests/a.csv.yaml:6: Bundle "a.p" of channel "stable" has the version 2.0.0, which "a.v2" has already. [bundle-version]',
  ]);
});

test('the latest is replaced, and no other', async () => {
  const options = { overwriteLatest: true };
  const latest = await adding(
    { 'a.v2': { version: '2.0.1', channels: 'stable', replaces: 'a.v1' } },
    options,
  );
  expect(latest.findings).toEqual([]);
  expect(graph(latest.file)).toEqual(['stable 0 a.v2 > a.v1', 'stable 1 a.v1']);
  expect(rowsIn(latest.file, "SELECT version, bundlepath FROM operatorbundle WHERE name = 'a.v2'")).toEqual([
    ['2.0.1', 'quay.io/me/a.v2'],
  ]);
  const older = await adding({ 'a.v1': { version: '1.0.1', channels: 'stable' } }, options);
  expect(older.findings).toEqual([
    'a.v1/manifests/a.csv.yaml:4: Bundle "a.v1" is in index.db already, and is not the latest: "a.v2" replaces or skips it. [bundle-exists]',
  ]);
});

test('one that stands upon a broken one says which', async () => {
  const { findings } = await adding({
    'b.v1': { channels: 'stable', package: 'b', spec: ['version: 6'] },
    'b.v2': { version: '2.0.0', channels: 'stable', package: 'b', replaces: 'b.v1' },
  });
  expect(findings).toEqual([
    'b.v1/manifests/a.csv.yaml:6: spec.version has to be a text, and is 6, a number. [manifest-type]',
    'b.v2/manifests/a.csv.yaml:7: Bundle "b.v2" of channel "stable" replaces "b.v1", which could not be loaded: see b.v1/manifests/a.csv.yaml. [replaces-missing]',
  ]);
});

test('without write it is tried only', async () => {
  const { file, before, report } = await adding(
    { 'a.v3': { version: '3.0.0', replaces: 'a.v2', channels: 'stable' } },
    { write: false },
    {
      'a.package.yaml': packageOf('a', { stable: 'a.v2' }),
      ...(await import('../support/operator-bundles.ts')).chain,
    },
  );
  expect(report.status).toBe('would-change');
  expect(contentOf(file)).toEqual(before);
});

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkOperators } from '../../lib/operators/check.ts';
import { createOperators } from '../../lib/operators/create.ts';
import { cliInProcess } from '../support/cli.ts';
import { crdOf, csvOf, packageOf, rowsIn, treeOf } from '../support/operator-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const owned = (kind: string, plural: string) => [
  `customresourcedefinitions: {owned: [{name: ${plural}.x.io, version: v1, kind: ${kind}}]}`,
];
const one = csvOf('a.v1', { version: '1.0.0', spec: owned('Foo', 'foos') });
const two = csvOf('a.v2', { version: '2.0.0', replaces: 'a.v1', spec: owned('Bar', 'bars') });
const foo = crdOf('foos', 'x.io', 'v1', 'Foo');
const bar = crdOf('bars', 'x.io', 'v1', 'Bar');

/** A list in YAML, of texts in YAML. */
const listOf = (...items: readonly string[]) =>
  items.map((item) => `- ${item.trimEnd().replaceAll('\n', '\n  ')}\n`).join('');
/** As `kubectl get configmap -o yaml` writes it. */
function configMap(data: Readonly<Record<string, string>>): string {
  const file = path.join(temporaryFolder(), 'registry.yaml');
  const keys = Object.entries(data).map(
    ([key, text]) => `  ${key}: |\n${text.replaceAll(/^(?=.)/gm, '    ')}`,
  );
  writeFileSync(
    file,
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: registry\ndata:\n${keys.join('')}`,
  );
  return file;
}
const whole = {
  clusterServiceVersions: listOf(one, two),
  customResourceDefinitions: listOf(foo, bar),
  packages: listOf(packageOf('a', { stable: 'a.v2' })),
};
const found = async (file: string) =>
  (await checkOperators(file, { shownAs: 'registry.yaml' })).findings.map(
    ({ code, message, location }) =>
      `${location?.file}:${location?.line}:${location?.column} ${code}: ${message}`,
  );

test('a ConfigMap becomes the same rows as a folder of the same manifests', async () => {
  const home = temporaryFolder();
  const [fromMap, fromTree] = [path.join(home, 'map.db'), path.join(home, 'tree.db')];
  expect(await createOperators(configMap(whole), fromMap)).toMatchObject({
    ...{ status: 'created', files: 1, packages: 1, channels: 1, bundles: 2, findings: [] },
  });
  const tree = treeOf({
    ...{ '1/a.yaml': one, '1/foo.yaml': foo, '2/a.yaml': two, '2/bar.yaml': bar },
    'a.package.yaml': packageOf('a', { stable: 'a.v2' }),
  });
  await createOperators(tree, fromTree);
  for (const table of [
    'operatorbundle',
    'package',
    'channel',
    'channel_entry',
    'api',
    'api_provider',
    'properties',
  ])
    expect(rowsIn(fromMap, `SELECT * FROM ${table} ORDER BY 1, 2`), table).toEqual(
      rowsIn(fromTree, `SELECT * FROM ${table} ORDER BY 1, 2`),
    );
});

test('what is wrong is told with its line in the ConfigMap', async () => {
  const wrong = {
    ...whole,
    clusterServiceVersions: listOf(
      one,
      csvOf('a.v2', { version: '2', spec: ['replaces: 5'] }),
      csvOf('b.v1'),
    ),
    packages: listOf(packageOf('a', { stable: 'a.v9' }), packageOf('b', { stable: 'b.v1' })),
  };
  const file = configMap(wrong);
  const at = (text: string) => {
    const before = readFileSync(file, 'utf8').split(text)[0]?.split('\n') ?? [];
    return `registry.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };
  expect(await found(file)).toEqual([
    `${at('version: 2\n')} manifest-type: spec.version has to be a text, and is 2, a number.`,
    `${at('replaces: 5')} manifest-type: spec.replaces has to be a text, and is 5, a number.`,
    `${at('currentCSV: a.v9')} channel-head-missing: Channel "stable" of package "a" has the head "a.v9", which is no bundle of this ConfigMap.`,
  ]);
});

test('a definition that is missing, or there twice, and a key that is missing', async () => {
  expect(await found(configMap({ ...whole, customResourceDefinitions: listOf(foo) }))).toEqual([
    expect.stringMatching(/^registry\.yaml:\d+:\d+ crd-missing: Bundle "a\.v2" owns x\.io\/v1\/Bar \(bars\)/),
  ]);
  expect(await found(configMap({ ...whole, customResourceDefinitions: listOf(foo, bar, foo) }))).toEqual([
    expect.stringMatching(
      /^registry\.yaml:\d+:7 config-map: The definition x\.io\/v1\/Foo \(foos\) is there twice\.$/,
    ),
  ]);
  const { packages: _, ...rest } = whole;
  expect(await found(configMap(rest))).toEqual([
    'registry.yaml:5:1 config-map: The ConfigMap has no key "packages", which holds a list as text.',
  ]);
  expect(await found(configMap({ ...whole, packages: 'a: 1\n' }))).toEqual([
    expect.stringMatching(
      /^registry\.yaml:\d+:3 config-map: "packages" has to be a list as text, and is an object\.$/,
    ),
  ]);
  expect(await found(configMap({ ...whole, packages: '- [\n' }))).toEqual([
    expect.stringMatching(/^registry\.yaml:\d+:\d+ manifest-unreadable: This is no YAML: /),
  ]);
});

test('on the command line; another file is none, and is said to be', async () => {
  const file = configMap(whole);
  const folder = path.dirname(file);
  const run = (...args: string[]) => cliInProcess(['operators', ...args], { folder });
  expect(await run('check', 'registry.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 file in registry.yaml read: nothing found.'),
  });
  expect((await run('create', 'registry.yaml', '--database', 'i.db')).stdout).toContain(
    '1 package, 1 channel, 2 bundles.',
  );
  writeFileSync(path.join(folder, 'note.yaml'), 'kind: Secret\n');
  expect(await run('check', 'note.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'error: note.yaml is neither a folder that can be read nor a ConfigMap. [manifests-folder]',
    ),
  });
  expect(await run('check', 'nothere')).toMatchObject({ code: 2 });
});

import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkOperators } from '../../lib/operators/check.ts';
import { crdOf, csvOf, packageOf, treeOf } from '../support/operator-trees.ts';

/** A tree of one package with what is given instead of its files; "" leaves one out. */
function tree(files: Readonly<Record<string, string | Uint8Array>>): string {
  const sound = {
    'p.yaml': packageOf('a', { stable: 'a.v1' }),
    '1/a.yaml': csvOf('a.v1', { version: '1.0.0' }),
  };
  return treeOf(Object.fromEntries(Object.entries({ ...sound, ...files }).filter(([, text]) => text !== '')));
}

/** Each finding as a line. */
async function findingsOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  const { findings } = await checkOperators(tree(files), { shownAs: '.' });
  return findings.map(
    ({ level, code, message, location }) =>
      `${location?.file.split(path.sep).join('/')}:${location?.line}:${location?.column} ${level} ${code}: ${message}`,
  );
}

const container = (more: string) => [
  'install:',
  '  strategy: deployment',
  '  spec:',
  `    deployments: [{name: d, spec: {template: {spec: {containers: [{name: c, ${more}}]}}}}]`,
];
const head =
  'p.yaml:3:18 error channel-head-missing: Channel "stable" of package "a" has the head "a.v1", which could not be loaded: see 1/a.yaml.';

test.each<[string, Record<string, string | Uint8Array>, string[]]>([
  ['a sound tree', {}, []],
  ['no version', { '1/a.yaml': csvOf('a.v1') }, []],
  [
    'a package without bundles',
    { '1/a.yaml': '' },
    [
      'p.yaml:3:18 error channel-head-missing: Channel "stable" of package "a" has the head "a.v1", which is no bundle of this tree.',
    ],
  ],
  ['bundles without a package', { 'p.yaml': '' }, []],
  [
    'a channel without a head',
    { 'p.yaml': 'packageName: a\nchannels: [{name: stable}]\n' },
    ['p.yaml:2:12 error channel-head-missing: Channel "stable" of package "a" has no head (currentCSV).'],
  ],
  [
    'a channel twice',
    {
      'p.yaml':
        'packageName: a\nchannels:\n- {name: x, currentCSV: a.v1}\n- {name: x, currentCSV: a.v1}\ndefaultChannel: x\n',
    },
    ['p.yaml:4:4 error channel-twice: Channel "x" is there twice in package "a".'],
  ],
  [
    'no channels',
    { 'p.yaml': 'packageName: a\n' },
    ['p.yaml:1:1 error no-default-channel: Package "a" has no channels.'],
  ],
  [
    'no default',
    { 'p.yaml': packageOf('a', { x: 'a.v1', y: 'a.v1' }) },
    ['p.yaml:1:1 error no-default-channel: Package "a" has several channels and no defaultChannel.'],
  ],
  [
    'an unknown default',
    { 'p.yaml': packageOf('a', { x: 'a.v1', y: 'a.v1' }, 'z') },
    ['p.yaml:5:1 error no-default-channel: The defaultChannel "z" is no channel of package "a".'],
  ],
  [
    'an unknown default of one channel',
    { 'p.yaml': packageOf('a', { x: 'a.v1' }, 'z') },
    [
      'p.yaml:4:1 warning default-channel-ignored: The defaultChannel "z" is no channel of package "a": its only one, "x", is taken.',
    ],
  ],
  [
    'a package twice',
    { 'q.yaml': packageOf('a', { stable: 'a.v1' }) },
    ['q.yaml:1:1 warning package-twice: Package "a" is described by p.yaml as well: this file counts.'],
  ],
  [
    'a number as a name',
    { 'p.yaml': 'packageName: 1.10\nCHANNELS: [{Name: 5, currentcsv: a.v1}]\ndefaultChannel: yes\n' },
    [
      'p.yaml:3:1 warning default-channel-ignored: The defaultChannel "true" is no channel of package "1.1": its only one, "5", is taken.',
    ],
  ],
  [
    'channels that are no list',
    { 'p.yaml': 'packageName: a\nchannels: x\n' },
    ['p.yaml:2:1 error manifest-unreadable: channels has to be a list, and is a text.'],
  ],
  [
    'replaces nobody',
    { '1/a.yaml': csvOf('a.v1', { replaces: 'a.v0' }) },
    [
      '1/a.yaml:6:3 error replaces-missing: Bundle "a.v1" of channel "stable" replaces "a.v0", which is no bundle of this tree.',
    ],
  ],
  [
    'replaces itself',
    { '1/a.yaml': csvOf('a.v1', { replaces: 'a.v1' }) },
    [
      '1/a.yaml:6:3 error replaces-cycle: Bundle "a.v1" replaces "a.v1", which leads back to it in channel "stable".',
    ],
  ],
  [
    'no name',
    { '1/a.yaml': 'kind: ClusterServiceVersion\nspec: {}\n', 'p.yaml': '' },
    ['1/a.yaml:1:1 error csv-without-name: This ClusterServiceVersion has no metadata.name.'],
  ],
  [
    'no spec',
    { '1/a.yaml': 'kind: ClusterServiceVersion\nmetadata: {name: a.v1}\n' },
    ['1/a.yaml:1:1 error csv-without-spec: This ClusterServiceVersion has no spec.', head],
  ],
  [
    'a spec that is a text',
    { '1/a.yaml': 'kind: ClusterServiceVersion\nmetadata: {name: a.v1}\nspec: x\n' },
    ['1/a.yaml:3:1 error csv-without-spec: This ClusterServiceVersion has a spec that is no object.', head],
  ],
  [
    'a number as version',
    { '1/a.yaml': csvOf('a.v1', { version: '1' }) },
    ['1/a.yaml:6:3 error manifest-type: spec.version has to be a text, and is 1, a number.', head],
  ],
  [
    'a number as apiVersion',
    { '1/a.yaml': csvOf('a.v1').replace(/^apiVersion: .*$/m, 'apiVersion: 1') },
    ['1/a.yaml:1:1 error manifest-type: apiVersion has to be a text, and is 1, a number.', head],
  ],
  [
    'a text as skips',
    { '1/a.yaml': csvOf('a.v1', { spec: ['skips: a.v0'] }) },
    ['1/a.yaml:6:3 error manifest-type: spec.skips has to be a list, and is a text.', head],
  ],
  [
    'a number among skips',
    { '1/a.yaml': csvOf('a.v1', { skips: ['x', '5'] }) },
    ['1/a.yaml:6:14 error manifest-type: spec.skips[1] has to be a text, and is 5, a number.', head],
  ],
  [
    'a boolean as annotation',
    { '1/a.yaml': csvOf('a.v1', { metadata: ['annotations: {certified: false}'] }) },
    [
      '1/a.yaml:5:17 error manifest-type: metadata.annotations.certified has to be a text, and is false, a boolean.',
      head,
    ],
  ],
  [
    'a number as value of a variable',
    { '1/a.yaml': csvOf('a.v1', { spec: container('env: [{name: A, value: 5}]') }) },
    [
      '1/a.yaml:9:95 error manifest-type: spec.install.spec.deployments[0].spec.template.spec.containers[0].env[0].value has to be a text, and is 5, a number.',
      head,
    ],
  ],
  [
    'a number as image',
    { '1/a.yaml': csvOf('a.v1', { spec: ['relatedImages:', '- {name: a, image: 5}'] }) },
    [
      '1/a.yaml:7:15 error manifest-type: spec.relatedImages[0].image has to be a text, and is 5, a number.',
      head,
    ],
  ],
  [
    'properties that are no JSON',
    { '1/a.yaml': csvOf('a.v1', { metadata: ["annotations: {olm.properties: '[nope]'}"] }) },
    [
      '1/a.yaml:5:17 error properties-invalid: The annotation olm.properties is no JSON: a value is missing.',
      head,
    ],
  ],
  [
    'a property that is known, of another shape',
    {
      '1/a.yaml': csvOf('a.v1', {
        metadata: [`annotations: {olm.properties: '[{"type":"olm.label","value":{"label":5}}]'}`],
      }),
    },
    [
      '1/a.yaml:5:17 error properties-invalid: The annotation olm.properties is wrong at [0], olm.label: value.label has to be a text, and is 5, a number.',
      head,
    ],
  ],
  [
    'substitutes',
    { '1/a.yaml': csvOf('a.v1', { metadata: ['annotations: {olm.substitutesFor: a.v0}'] }) },
    [
      `1/a.yaml:5:17 error substitutes-for: Bundle "a.v1" stands in for "a.v0", which only an experiment of the registry's tools allows.`,
      head,
    ],
  ],
  [
    'the same CSV twice in a folder',
    { '1/b.yaml': csvOf('a.v1') },
    [
      '1/b.yaml:4:3 error two-csvs: Two files of one folder hold the ClusterServiceVersion "a.v1", this one and 1/a.yaml.',
      head.replace('1/a.yaml', '1/b.yaml'),
    ],
  ],
  ['two CSVs in a folder', { '1/b.yaml': csvOf('b.v1') }, []],
  [
    'an owned definition that is missing',
    {
      '1/a.yaml': csvOf('a.v1', {
        spec: ['customresourcedefinitions:', '  owned:', '  - {name: foos.x.io, version: v2, kind: Foo}'],
      }),
      '1/crd.yaml': crdOf('foos', 'x.io', 'v1', 'Foo'),
    },
    [
      '1/a.yaml:8:7 error crd-missing: Bundle "a.v1" owns x.io/v2/Foo (foos), which no file of its folder defines: there is x.io/v1/Foo (foos).',
    ],
  ],
  [
    'a name without a dot',
    {
      '1/a.yaml': csvOf('a.v1', {
        spec: ['customresourcedefinitions:', '  required:', '  - {name: foos, version: v1, kind: Foo}'],
      }),
    },
    [
      '1/a.yaml:8:8 error api-name: The name of a definition is its plural and its group, as foos.example.com, and not "foos".',
      head,
    ],
  ],
  [
    'a definition with a wrong type',
    { '1/crd.yaml': crdOf('foos', 'x.io', 'v1', 'Foo').replace('Namespaced', '5') },
    ['1/crd.yaml:7:3 error manifest-type: spec.scope has to be a text, and is 5, a number.', head],
  ],
  [
    'a definition of an unknown version',
    {
      '1/crd.yaml': crdOf('foos', 'x.io', 'v1', 'Foo')
        .replace('io/v1\n', 'io/v9\n')
        .replace('Namespaced', '5'),
    },
    [],
  ],
  [
    'a second document',
    { '1/a.yaml': `${csvOf('a.v1')}---\n${csvOf('b.v1')}` },
    [
      '1/a.yaml:6:1 warning document-ignored: What comes after this line is another document, which nobody reads: only the first one counts.',
    ],
  ],
  [
    'a README',
    { 'README.md': '# Hello\nyou\n' },
    ['README.md:1:1 error manifest-unreadable: A manifest is an object, and this is a text.'],
  ],
  [
    'an empty file',
    { 'x.yaml': new Uint8Array() },
    ['x.yaml:1:1 error manifest-unreadable: The file is empty.'],
  ],
  [
    'bytes',
    { x: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]) },
    ['x:1:1 error manifest-unreadable: This is no text: it holds bytes that are no UTF-8.'],
  ],
  [
    'broken YAML',
    { '1/x.yaml': 'a:\n  b: [1\nc: 2\n' },
    [
      '1/x.yaml:3:1 error manifest-unreadable: This is no YAML: missed comma between flow collection entries.',
    ],
  ],
])('%s', async (_, files, found) => {
  expect(await findingsOf(files)).toEqual(found);
});

test.skipIf(process.platform === 'win32')('what is no file is told, and not waited for', async () => {
  const root = treeOf({});
  execFileSync('mkfifo', [path.join(root, 'pipe')]);
  symlinkSync('nowhere', path.join(root, 'link'));
  const { findings } = await checkOperators(root, { shownAs: '.' });
  expect(findings.map(({ message, location }) => [location?.file, message])).toEqual([
    ['link', 'This is a link to nothing.'],
    ['pipe', 'This is no file, but a pipe, a socket or a device.'],
  ]);
});

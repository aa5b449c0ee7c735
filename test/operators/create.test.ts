import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createOperators } from '../../lib/operators/create.ts';
import { openSqlite } from '../../lib/sqlite/open.ts';
import { crdOf, csvOf, packageOf, rowsIn, treeOf } from '../support/operator-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const gadget = crdOf('gadgets', 'shed.example', 'v1', 'Gadget');
const ownsGadget = [
  'customresourcedefinitions:',
  '  owned: [{name: gadgets.shed.example, version: v1, kind: Gadget}]',
  '  required: [{name: tools.shed.example, version: v1beta1, kind: Tool}]',
  'relatedImages: [{name: side, image: shed/side:1}]',
];
/** Two versions of one operator in two channels, the second one skipping a version that was never there. */
const shed = {
  'shed/1.0.0/shed.yaml': csvOf('shed.v1.0.0', { version: '1.0.0' }),
  'shed/2.0.0/gadget.yaml': gadget,
  'shed/2.0.0/shed.yaml': csvOf('shed.v2.0.0', {
    version: '2.0.0',
    replaces: 'shed.v1.0.0',
    skips: ['shed.v1.5.0'],
    metadata: [
      'annotations:',
      `  olm.skipRange: '>=1.0.0 <2.0.0'`,
      `  olm.properties: '[ {"type": "olm.label", "value": {"z": 1.0, "label": "<b>"}} ]'`,
    ],
    spec: ownsGadget,
  }),
  'shed/shed.package.yaml': packageOf('shed', { stable: 'shed.v2.0.0', old: 'shed.v1.0.0' }, 'stable'),
};

async function create(tree: string, options: Parameters<typeof createOperators>[2] = {}) {
  const file = path.join(temporaryFolder(), 'index.db');
  return {
    file,
    report: await createOperators(tree, file, {
      shownAs: 'manifests',
      databaseShownAs: 'index.db',
      ...options,
    }),
  };
}

test('a tree becomes the rows that its own tools would write', async () => {
  const { file, report } = await create(treeOf(shed));
  expect(report).toMatchObject({
    status: 'created',
    files: 4,
    packages: 1,
    channels: 2,
    bundles: 2,
    version: 13,
    findings: [],
  });
  const bundles = rowsIn(
    file,
    'SELECT name, bundlepath, version, skiprange, replaces, skips, substitutesfor, typeof(csv), CAST(csv AS TEXT) FROM operatorbundle ORDER BY 1',
  );
  expect(bundles).toEqual([
    [
      ...['shed.v1.0.0', '', '1.0.0', '', '', '', '', 'blob'],
      '{"apiVersion":"operators.coreos.com/v1alpha1","kind":"ClusterServiceVersion","metadata":{"name":"shed.v1.0.0"},"spec":{"version":"1.0.0"}}\n',
    ],
    [
      'shed.v2.0.0',
      '',
      '2.0.0',
      '>=1.0.0 <2.0.0',
      'shed.v1.0.0',
      'shed.v1.5.0',
      '',
      'blob',
      expect.stringContaining('\\u003e=1.0.0 \\u003c2.0.0'),
    ],
  ]);
  expect(
    rowsIn(
      file,
      'SELECT entry_id, channel_name, operatorbundle_name, replaces, depth FROM channel_entry ORDER BY 1',
    ),
  ).toEqual([
    [1, 'stable', 'shed.v2.0.0', 4, 0],
    [2, 'stable', 'shed.v1.5.0', null, 1],
    [3, 'stable', 'shed.v2.0.0', 2, 1],
    [4, 'stable', 'shed.v1.0.0', null, 2],
    [5, 'old', 'shed.v1.0.0', null, 0],
  ]);
  expect(
    rowsIn(
      file,
      'SELECT type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path FROM properties ORDER BY 3, 1, 2',
    ),
  ).toEqual([
    ['olm.package', '{"packageName":"shed","version":"1.0.0"}', 'shed.v1.0.0', '1.0.0', null],
    ['olm.package', '{"packageName":"shed","version":"1.0.0"}', 'shed.v1.0.0', '1.0.0', null],
    ['olm.gvk', '{"group":"shed.example","kind":"Gadget","version":"v1"}', 'shed.v2.0.0', '2.0.0', null],
    ['olm.label', '{"z":1.0,"label":"\\u003cb\\u003e"}', 'shed.v2.0.0', '2.0.0', null],
    ['olm.package', '{"packageName":"shed","version":"2.0.0"}', 'shed.v2.0.0', '2.0.0', null],
  ]);
  expect(rowsIn(file, 'SELECT type, typeof(value), CAST(value AS TEXT) FROM dependencies')).toEqual([
    ['olm.gvk', 'blob', '{"group":"shed.example","kind":"Tool","version":"v1beta1"}'],
  ]);
  expect(rowsIn(file, 'SELECT * FROM related_image')).toEqual([['shed/side:1', 'shed.v2.0.0']]);
  expect(rowsIn(file, 'SELECT * FROM api ORDER BY kind')).toEqual([
    ['shed.example', 'v1', 'Gadget', 'gadgets'],
    ['shed.example', 'v1beta1', 'Tool', 'tools'],
  ]);
  expect(rowsIn(file, 'SELECT * FROM package')).toEqual([['shed', 'stable']]);
  expect(rowsIn(file, 'SELECT version FROM schema_migrations')).toEqual([[13]]);
  expect(rowsIn(file, 'PRAGMA foreign_key_check')).toEqual([]);
  expect(readdirSync(path.dirname(file))).toEqual(['index.db']);
});

test('one fault keeps everything from being written; permissive loads the rest', async () => {
  const tree = treeOf({ ...shed, 'lamp/lamp.package.yaml': packageOf('lamp', { stable: 'lamp.v1' }) });
  const strict = await create(tree);
  expect(strict.report).toMatchObject({ status: 'failed', findings: [{ code: 'channel-head-missing' }] });
  expect(readdirSync(path.dirname(strict.file))).toEqual([]);
  const { file, report } = await create(tree, { permissive: true });
  expect(report).toMatchObject({
    status: 'created',
    packages: 1,
    bundles: 2,
    findings: [{ level: 'error' }],
  });
  expect(rowsIn(file, 'SELECT name FROM package')).toEqual([['shed']]);
});

test('a package that fails leaves the one of the same name that was read before', async () => {
  const tree = treeOf({ ...shed, 'shed/z.package.yaml': packageOf('shed', { stable: 'nobody' }) });
  const { file } = await create(tree, { permissive: true });
  expect(rowsIn(file, 'SELECT name, head_operatorbundle_name FROM channel ORDER BY 1')).toEqual([
    ['old', 'shed.v1.0.0'],
    ['stable', 'shed.v2.0.0'],
  ]);
});

test('what is there is replaced only when asked for, keeps who may read it, and stays where something is wrong', async () => {
  const tree = treeOf(shed);
  const { file } = await create(tree);
  const before = readFileSync(file);
  await expect(createOperators(tree, file)).rejects.toMatchObject({ code: 'registry-exists' });
  const bad = treeOf({ 'README.md': 'Hello' });
  expect(await createOperators(bad, file, { replace: true })).toMatchObject({
    status: 'failed',
    replaced: true,
  });
  expect(readFileSync(file).equals(before)).toBe(true);
  const link = path.join(path.dirname(file), 'link.db');
  symlinkSync(file, link);
  expect(await createOperators(treeOf({}), link, { replace: true })).toMatchObject({
    status: 'created',
    bundles: 0,
  });
  expect(rowsIn(file, 'SELECT count(*) FROM operatorbundle')).toEqual([[0]]);
  expect(readdirSync(path.dirname(file)).sort()).toEqual(['index.db', 'link.db']);
});

test('a journal beside the file would be played into the new one', async () => {
  const { file } = await create(treeOf(shed));
  writeFileSync(`${file}-journal`, 'x');
  await expect(createOperators(treeOf(shed), file, { replace: true })).rejects.toMatchObject({
    code: 'registry-journal',
  });
});

test('what a run that was killed left goes; what another one builds stays', async () => {
  const file = path.join(temporaryFolder(), 'index.db');
  const [left, built] = ['00000000', '11111111'].map((it) =>
    path.join(path.dirname(file), `.index.db.${it}.part`),
  );
  writeFileSync(left ?? '', 'half a database');
  const other = await openSqlite(built ?? '');
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE a (x)');
  await expect(createOperators(treeOf(shed), file)).rejects.toMatchObject({ code: 'registry-busy' });
  expect(existsSync(built ?? '')).toBe(true);
  other.close();
  await createOperators(treeOf(shed), file);
  expect(readdirSync(path.dirname(file))).toEqual(['index.db']);
});

test('whoever stops it finds what was there before', async () => {
  const stop = new AbortController();
  const tree = treeOf(
    Object.fromEntries(
      Array.from({ length: 40 }, (_, number) => [`${number}.yaml`, `a: "${'x'.repeat(200_000)}"\n`]),
    ),
  );
  const file = path.join(temporaryFolder(), 'index.db');
  const work = createOperators(tree, file, { signal: stop.signal, onFile: () => stop.abort('SIGINT') });
  await expect(work).rejects.toMatchObject({
    code: 'stopped',
    message: expect.stringContaining('Nothing was written'),
  });
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

test('hidden names are left out, links to folders are not followed, names are read in the order of their bytes', async () => {
  const tree = treeOf({
    'a/.hidden/b.yaml': csvOf('hidden.v1', {}),
    'a/.c.yaml': 'no: [',
    'b/x.yaml': csvOf('twice', { version: '2.0.0' }),
    'B/x.yaml': csvOf('twice', { version: '1.0.0' }),
  });
  symlinkSync(path.join(tree, 'b'), path.join(tree, 'link'));
  const { file, report } = await create(tree, { permissive: true });
  expect(report.findings.map(({ message, location }) => [location?.file, message])).toEqual([
    [
      path.join('manifests', 'b', 'x.yaml'),
      `Bundle "twice" is in ${path.join('manifests', 'B', 'x.yaml')} already.`,
    ],
    [path.join('manifests', 'link'), 'This is a link to a folder, which is not followed.'],
  ]);
  expect(rowsIn(file, 'SELECT name, version FROM operatorbundle')).toEqual([['twice', '1.0.0']]);
});

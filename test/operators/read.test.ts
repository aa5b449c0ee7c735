import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { diffOperators } from '../../lib/operators/diff.ts';
import { exportOperators } from '../../lib/operators/export.ts';
import { cliInProcess } from '../support/cli.ts';
import { csvOf, packageOf, treeOf } from '../support/operator-trees.ts';
import { eraFile, inDatabase, registryFile } from '../support/operators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const samples =
  process.env.OPERATORS_SAMPLES ??
  path.resolve(import.meta.dirname, '../../../shared/operators/operators-samples');
const areThere = existsSync(path.join(samples, 'compare.py'));

/** The registry of the fixtures without what no catalog takes. */
function soundFile(more = ''): string {
  const file = registryFile();
  inDatabase(file, (database) =>
    database.exec(`PRAGMA foreign_keys = OFF; DELETE FROM channel WHERE package_name = 'gone'; ${more}`),
  );
  return file;
}

async function documentsOf(file: string, options = {}) {
  let text = '';
  const report = await exportOperators(file, (more) => (text += more), { shownAs: 'index.db', ...options });
  return { report, text, documents: text.split(/(?<=^}\n)/m).map((one) => one && JSON.parse(one)) };
}

test('a registry becomes a catalog: channels, properties, dependencies of every kind, images', async () => {
  const file = soundFile(`INSERT INTO dependencies VALUES
    ('olm.constraint', CAST('{"failureMessage":"no","cel":{"rule":"a < 1.0"}}' AS BLOB), 'kettle.v1.2.0', '1.2.0', ''),
    ('olm.label', CAST('{"label":"cold"}' AS BLOB), 'kettle.v1.2.0', '1.2.0', '')`);
  const { report, documents, text } = await documentsOf(file, { packages: ['kettle'] });
  expect(report).toMatchObject({
    status: 'exported',
    packages: 1,
    channels: 2,
    bundles: 2,
    deprecated: ['kettle.v1.0.0'],
  });
  expect(documents.map(({ schema, name }) => `${schema} ${name}`)).toEqual([
    'olm.package kettle',
    'olm.channel beta',
    'olm.channel stable',
    'olm.bundle kettle.v1.1.0',
    'olm.bundle kettle.v1.2.0',
  ]);
  expect(documents[0]).toEqual({ schema: 'olm.package', name: 'kettle', defaultChannel: 'stable' });
  expect(documents[2]).toEqual({
    schema: 'olm.channel',
    name: 'stable',
    package: 'kettle',
    entries: [
      { name: 'kettle.v1.1.0', replaces: 'kettle.v1.0.0', skipRange: '>=0.9.0 <1.1.0' },
      { name: 'kettle.v1.2.0', replaces: 'kettle.v1.1.0', skips: ['kettle.v1.1.1', 'kettle.v1.1.2'] },
    ],
  });
  const { properties, relatedImages, image } = documents[4];
  expect(image).toBe('quay.example/tea/kettle@sha256:12');
  expect(relatedImages).toContainEqual({ name: 'kettle', image: 'tea/kettle:1.2.0' });
  expect(properties.map(({ type }: { type: string }) => type)).toEqual([
    'olm.constraint',
    'olm.gvk',
    'olm.gvk',
    'olm.gvk.required',
    'olm.gvk.required',
    'olm.label',
    'olm.label.required',
    'olm.package',
    'olm.package.required',
    'plain',
    'size',
    ...Array(properties.length - 11).fill('olm.bundle.object'),
  ]);
  expect(properties).toContainEqual({
    type: 'olm.package.required',
    value: { packageName: 'cups', versionRange: '>1.0' },
  });
  // Digits and floats stay as they were written.
  expect(text).toContain('"z": 9007199254740993,\n                "10": 1.0,');
  expect(properties.at(-1).value.data).toMatch(/^[A-Za-z0-9+/]+=*$/);
});

test('a bundle of two packages names in each the package it stands in', async () => {
  const { documents } = await documentsOf(soundFile(), { packages: ['drinks', 'water'] });
  const packages = documents
    .filter(({ schema }) => schema === 'olm.bundle')
    .map((one) => [
      one.package,
      one.properties.filter(({ type }: { type: string }) => type === 'olm.package'),
    ]);
  for (const [name, [property, ...more]] of packages)
    expect([property.value.packageName, more]).toEqual([name, []]);
  expect(packages).toHaveLength(3);
});

test('deprecated bundles come along where that is asked for, and are named', async () => {
  const { documents } = await documentsOf(soundFile(), { packages: ['kettle'], keepDeprecated: true });
  expect(documents.at(-1)).toMatchObject({
    schema: 'olm.deprecations',
    package: 'kettle',
    entries: [{ reference: { schema: 'olm.bundle', name: 'kettle.v1.0.0' } }],
  });
});

test('what a cluster would refuse is told, and nothing is written', async () => {
  const file = soundFile(`
    UPDATE channel_entry SET replaces = NULL WHERE entry_id = 8;
    UPDATE operatorbundle SET version = 'v1' WHERE name = 'kettle.v1.2.0';
    UPDATE package SET default_channel = 'x' WHERE name = 'water';
    UPDATE channel_entry SET replaces = 6 WHERE entry_id = 7`);
  const run = (...args: string[]) => cliInProcess(['operators', ...args], { folder: path.dirname(file) });
  const { code, stdout } = await run('export', 'index.db', '--output', 'catalog', '--keep-deprecated');
  expect(code).toBe(1);
  for (const line of [
    'Channel "beta" of package "kettle" has 2 heads: "kettle.v1.0.0" and',
    'goes in a circle: kettle.v1.0.0',
    'Bundle "kettle.v1.2.0" of package "kettle" has the version "v1", which is',
    'Package "water" has the default channel "x", which is none of its',
    'Nothing was\nwritten.',
  ])
    expect(stdout).toContain(line);
  expect(readdirSync(path.dirname(file))).toEqual(['index.db']);
});

test('a file and a folder are written whole, and none that is there is touched', async () => {
  const file = soundFile();
  const folder = path.dirname(file);
  const run = (...args: string[]) => cliInProcess(['operators', 'export', 'index.db', ...args], { folder });
  expect(await run('--output', 'all.yaml')).toMatchObject({ code: 0 });
  expect(readFileSync(path.join(folder, 'all.yaml'), 'utf8')).toContain(
    '---\nschema: olm.package\nname: drinks\n',
  );
  expect((await run('--output', 'all.yaml')).stderr).toContain('[catalog-exists]');
  expect(await run('--output', 'all.yaml', '--replace')).toMatchObject({ code: 0 });
  expect(await run('--output', 'catalog')).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(folder, 'catalog'))).toEqual(['drinks', 'kettle', 'water']);
  expect((await run('--output', 'catalog')).stderr).toContain('[catalog-exists]');
  expect((await run('--package', 'ketle')).stderr).toContain('It has one of nearly that name: kettle');
  const { stdout, stderr } = await run('--package', 'kettle');
  expect(stdout.startsWith('{\n    "schema": "olm.package",')).toBe(true);
  expect(stderr).toContain('is left out, as registries leave it out');
  expect(readdirSync(folder).sort()).toEqual(['all.yaml', 'catalog', 'index.db']);
});

test('a name out of the database leads nowhere else', async () => {
  const file = soundFile(`UPDATE package SET name = '../../up' WHERE name = 'drinks';
    UPDATE channel SET package_name = '../../up' WHERE package_name = 'drinks';
    UPDATE channel_entry SET package_name = '../../up' WHERE package_name = 'drinks'`);
  const output = path.join(path.dirname(file), 'deep/catalog');
  mkdirSync(path.dirname(output));
  await exportOperators(file, output);
  expect(readdirSync(output)).toEqual(['%2E.%2F..%2Fup', 'kettle', 'water']);
});

test('a channel is drawn from its head down, in 80 columns, and as a page', async () => {
  const file = registryFile();
  const folder = path.dirname(file);
  const run = (...args: string[]) => cliInProcess(['operators', 'inspect', 'index.db', ...args], { folder });
  expect(
    (await run('kettle', 'stable', '--html', 'page.html')).stdout,
  ).toBe(`Channel stable of package kettle: 3 bundles, the head first
  * kettle.v1.2.0
  |   skips kettle.v1.1.1, kettle.v1.1.2
  o kettle.v1.1.0
  |   skips the range >=0.9.0 <1.1.0
  o kettle.v1.0.0 (deprecated)
Beside the chain:
  - kettle.v1.1.1 (no bundle of this file)
      skipped by kettle.v1.2.0
  - kettle.v1.1.2 (no bundle of this file)
      skipped by kettle.v1.2.0
The page is in page.html.
`);
  const page = readFileSync(path.join(folder, 'page.html'), 'utf8');
  expect(page).toContain('<strong>kettle.v1.2.0</strong>');
  expect(page).not.toMatch(/<script|src=|href="(?!#)/);
  expect((await run('kettle')).stdout).toContain('stable (default)  kettle.v1.2.0        3           1');
  expect((await run('--provides', 'steam.example/v1/Steam')).stdout).toContain('kettle.v1.2.0  head');
  expect((await run('--images', 'kettle.v1.1.0')).stdout).toBe(
    'tea/descale:1\ntea/kettle:1.1.0\ntea/lid:1\n',
  );
  expect((await run('--replaces', 'kettle.v1.1.1')).stdout).toContain('kettle.v1.2.0  skips it');
  expect(await run('--html', 'x.html')).toMatchObject({ code: 2 });
  expect((await run('kettle', 'stabel')).stderr).toContain('It has one of nearly that name: stable');
});

test('a file of before versions is read in a copy', async () => {
  const file = eraFile();
  const before = readFileSync(file);
  const { stdout, code } = await cliInProcess(['operators', 'inspect', 'index.db'], {
    folder: path.dirname(file),
  });
  expect(code).toBe(0);
  expect(stdout).toContain('index.db is older than version 0: it was read in a copy in memory');
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('two registries differ by name, whatever their ids, order and NULLs', async () => {
  const [one, other] = [registryFile(), registryFile()];
  inDatabase(other, (database) =>
    database.exec(`PRAGMA foreign_keys = OFF;
      UPDATE channel_entry SET entry_id = entry_id + 100, replaces = replaces + 100;
      UPDATE operatorbundle SET bundlepath = NULL, substitutesfor = NULL WHERE bundlepath = '' AND substitutesfor = '';
      CREATE TABLE p AS SELECT * FROM properties; DELETE FROM properties;
      INSERT INTO properties SELECT * FROM p ORDER BY rowid DESC; INSERT INTO properties SELECT * FROM p LIMIT 1; DROP TABLE p`),
  );
  expect(await diffOperators(one, other)).toMatchObject({ status: 'equal', differences: [] });
  inDatabase(other, (database) =>
    database.exec(`PRAGMA foreign_keys = OFF;
      UPDATE channel SET head_operatorbundle_name = 'kettle.v1.0.0' WHERE name = 'beta';
      DELETE FROM operatorbundle WHERE name = 'spoon';
      UPDATE related_image SET image = 'tea/lid:2' WHERE image = 'tea/lid:1';
      DELETE FROM channel_entry WHERE entry_id IN (102, 103);
      UPDATE operatorbundle SET csv = CAST(replace(CAST(csv AS TEXT), '"spec":{"customres', '"spec":{"maturity":"x","customres') AS BLOB) WHERE name = 'kettle.v1.0.0';
      UPDATE dependencies SET value = CAST('{"packageName":"cups","version":">2.0"}' AS BLOB) WHERE type = 'olm.package'`),
  );
  const folder = path.dirname(one);
  writeFileSync(path.join(folder, 'new.db'), readFileSync(other));
  expect(await cliInProcess(['operators', 'diff', 'index.db', 'new.db'], { folder })).toMatchObject({
    code: 1,
    stdout: `From index.db to new.db: 7 differences.
  ~ Channel beta of package kettle: head was kettle.v1.1.0, is kettle.v1.0.0.
  - Bundle kettle.v1.1.1 of channel stable of package kettle went.
  ~ Bundle kettle.v1.2.0 in channel stable of package kettle: skips went:
      kettle.v1.1.1.
  ~ Bundle kettle.v1.0.0: csv spec.maturity came.
  ~ Bundle kettle.v1.1.0: images was tea/lid:1, is tea/lid:2.
  ~ Bundle kettle.v1.2.0: dependencies was olm.package
      {"packageName":"cups","version":">1.0"}, is olm.package
      {"packageName":"cups","version":">2.0"}.
  - Bundle spoon went.
`,
  });
});

test('a folder of manifests is compared as the registry that it would become', async () => {
  const tree = treeOf({
    'a/1/a.yaml': csvOf('a.v1', { version: '1.0.0' }),
    'a/p.yaml': packageOf('a', { stable: 'a.v1' }),
  });
  const folder = path.dirname(tree);
  const run = (...args: string[]) => cliInProcess(['operators', ...args], { folder });
  expect(await run('create', 'manifests', '--database', 'index.db')).toMatchObject({ code: 0 });
  expect(await run('diff', 'index.db', 'manifests')).toMatchObject({
    code: 0,
    stdout: 'index.db and manifests hold the same: 1 package and 1 bundle.\n',
  });
  writeFileSync(path.join(tree, 'README'), 'text');
  expect((await run('diff', 'index.db', 'manifests')).stderr).toContain('[manifests-wrong]');
});

test.runIf(areThere)(
  'files that older tools made of published packages export as the newest one does',
  async () => {
    const out = temporaryFolder();
    const text = async (file: string) => {
      const output = path.join(out, `${path.basename(file)}.json`);
      await exportOperators(path.join(samples, file), output);
      expect(statSync(output).size).toBeGreaterThan(1_000_000);
      return readFileSync(output, 'utf8');
    };
    const newest = await text('expected/init-migset.db');
    for (const tag of ['v1.4.0', 'v1.5.3', 'v1.12.8'])
      expect((await text(`old/migset-made-by-${tag}.db`)) === newest).toBe(true);
  },
);

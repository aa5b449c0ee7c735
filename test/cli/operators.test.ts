import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cliInProcess } from '../support/cli.ts';
import { bundlesOf, registryBeside } from '../support/operator-bundles.ts';
import { csvOf, packageOf, treeOf } from '../support/operator-trees.ts';

const sound = {
  'a/a.package.yaml': packageOf('a', { stable: 'a.v1' }),
  'a/1/a.yaml': csvOf('a.v1', { version: '1.0.0' }),
};
const bad = { ...sound, 'a/b.package.yaml': packageOf('b', { stable: 'b.v1' }) };
const withoutTime = (text: string) => text.replace(/in \d[\d.]* m?s/, 'in TIME');

test('a registry is made, refused and replaced', async () => {
  const folder = path.dirname(treeOf(sound));
  const create = (...more: string[]) =>
    cliInProcess(['operators', 'create', 'manifests', '--database', 'index.db', ...more], { folder });
  const first = await create();
  expect({ ...first, stdout: withoutTime(first.stdout) }).toEqual({
    code: 0,
    stdout:
      'Created index.db (version 13) in TIME: 1 package, 1 channel, 1 bundle.\n2 files in manifests read.\n',
    stderr: 'Reading manifests\n',
  });
  const second = await create();
  expect(second).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'error: index.db is there already. It was not touched. [registry-exists]\n' +
      'What to do: Name another file, or replace it: registry-jobs operators create manifests --database index.db --replace\n',
  });
  const third = await create('--replace', '--json');
  expect(third.code).toBe(0);
  expect(JSON.parse(third.stdout)).toMatchObject({
    command: 'operators create',
    status: 'created',
    replaced: true,
    bundles: 1,
  });
});

test('what is wrong is told, and how to go on; permissive goes on', async () => {
  const folder = path.dirname(treeOf(bad));
  const create = (...more: string[]) =>
    cliInProcess(['operators', 'create', 'manifests', '--database', 'index.db', ...more], { folder });
  const strict = await create();
  expect(strict.code).toBe(1);
  expect(strict.stdout).toBe(
    `manifests/a/b.package.yaml:3:18: error: Channel "stable" of package "b" has the head "b.v1", which is no bundle of this tree. [channel-head-missing]
3 files in manifests read: 1 error. Nothing was written: there is no index.db.
To load the rest without them:
  registry-jobs operators create manifests --database index.db --permissive
`,
  );
  expect(existsSync(path.join(folder, 'index.db'))).toBe(false);
  const permissive = await create('--permissive');
  expect(permissive.code).toBe(0);
  expect(withoutTime(permissive.stdout)).toContain(
    'Created index.db (version 13) in TIME: 1 package, 1 channel, 1 bundle.\n3 files in manifests read; 1 error: what they are about is not in it, or not\nwhole.\n',
  );
});

test('check says it as text, for GitHub, as SARIF and as JSON, and writes nothing', async () => {
  const folder = path.dirname(treeOf(bad));
  const check = (...more: string[]) => cliInProcess(['operators', 'check', 'manifests', ...more], { folder });
  const text = await check();
  expect([text.code, text.stdout.split('\n').slice(-3)]).toEqual([
    1,
    ['3 files in manifests read: 1 error. Could be loaded: 1 package, 1 channel, 1', 'bundle.', ''],
  ]);
  expect((await check('--format', 'github')).stdout).toBe(
    '::error file=manifests/a/b.package.yaml,line=3,col=18,title=channel-head-missing::Channel "stable" of package "b" has the head "b.v1", which is no bundle of this tree.\n',
  );
  const sarif = JSON.parse((await check('--format', 'sarif')).stdout);
  expect(sarif.runs[0].results).toMatchObject([{ ruleId: 'channel-head-missing', level: 'error' }]);
  expect(JSON.parse((await check('--json')).stdout)).toMatchObject({
    status: 'errors',
    packages: 1,
    findings: [{ level: 'error' }],
  });
  expect((await cliInProcess(['operators', 'check', 'nothing'], { folder })).code).toBe(2);
});

test('a registry is changed once that is meant: shown, asked, done', async () => {
  const folder = bundlesOf({ 'a.v3': { version: '3.0.0', replaces: 'a.v2', channels: 'stable' } });
  await registryBeside(folder);
  const operators = (...args: string[]) => cliInProcess(['operators', ...args], { folder });
  const shown = await operators('add', 'index.db', 'a.v3', '--image', 'quay.io/me/a:v3');
  expect(shown).toEqual({
    code: 2,
    stdout: '',
    stderr: `Would change index.db, in one transaction:
  add      bundle a.v3
  head     channel a/stable: a.v2 -> a.v3
Nothing was written: index.db is as it was.
error: This changes index.db. [not-confirmed]
What to do: Nothing was done. If it is meant: registry-jobs operators add index.db a.v3 --image quay.io/me/a:v3 --yes
`,
  });
  const added = await operators('add', 'index.db', 'a.v3/', '--image', 'a.v3/=quay.io/me/a:v3', '--yes');
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Changed index\.db/), stderr: '' });
  const again = await operators('add', 'index.db', 'a.v3', '--image', 'quay.io/me/a:v3', '--yes');
  expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('[bundle-exists]') });
  expect(await operators('add', 'index.db', 'a.v3', '--yes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The bundle a.v3 has no image. Nothing was done. [bundle-image]'),
  });
  expect(
    (await operators('deprecate', 'index.db', 'a.v2', '--yes')).stdout,
  ).toBe(`Changed index.db, in one transaction:
  remove   bundle a.v1
  mark     bundle a.v2: deprecated
`);
  const removed = await operators('rm', 'index.db', 'a', '--yes', '--json');
  expect(JSON.parse(removed.stdout)).toMatchObject({
    command: 'operators rm',
    status: 'changed',
    changes: { packagesRemoved: ['a'], noLongerDeprecated: ['a.v2'] },
  });
});

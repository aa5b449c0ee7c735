import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { cliInProcess } from '../support/cli.ts';
import { csvOf, packageOf, treeOf } from '../support/operator-trees.ts';

const tree = {
  'shed/1.0.0/shed.yaml': csvOf('shed.v1.0.0', { version: '1.0.0' }),
  'shed/shed.package.yaml': packageOf('shed', { stable: 'shed.v1.0.0' }, 'stable'),
};

let folder: string;
const at = (name: string) => path.join(folder, name);
const run = (...args: string[]) => cliInProcess(args, { folder, env: { REGISTRY_JOBS_ENVIRONMENT: 'test' } });

/** A folder with manifests, the database of them, a database of SQL, notes. */
beforeEach(async () => {
  const manifests = treeOf(tree);
  folder = path.dirname(manifests);
  mkdirSync(at('work'), { recursive: true });
  folder = at('work');
  symlinkSync(manifests, at('manifests'));
  mkdirSync(at('migrations'));
  writeFileSync(at('migrations/1_a.sql'), 'create table if not exists a (x int);');
  writeFileSync(at('notes.txt'), 'not to be lost\n');
  expect(await run('operators', 'create', 'manifests', '--database', 'index.db')).toMatchObject({ code: 0 });
  expect(await run('up', '--database-url', 'sqlite:./shop.db')).toMatchObject({ code: 0 });
});

const SHOP = ['--database-url', 'sqlite:./shop.db'];

test.each([
  ['index.db', ['operators', 'inspect', 'index.db', 'shed', 'stable', '--html', 'index.db']],
  ['index.db', ['operators', 'inspect', 'index.db', 'shed', 'stable', '--html', 'link.html']],
  ['shop.db', ['operators', 'inspect', 'index.db', 'shed', 'stable', '--html', 'shop.db']],
  ['shop.db', ['dump', ...SHOP, '--file', 'shop.db']],
  ['shop.db', ['up', ...SHOP, '--dump', 'shop.db']],
  ['shop.db', ['prove', ...SHOP, '--html', 'shop.db']],
  ['shop.db', ['prove', ...SHOP, '--catalog', 'shop.db']],
  ['shop.db', ['prove', ...SHOP, '--record', 'shop.db']],
  ['index.db', ['prove', ...SHOP, '--record', 'index.db']],
])('no output takes the place of a database: %s, %j', async (file, args) => {
  symlinkSync('index.db', at('link.html'));
  const before = readFileSync(at(file));
  const { code, stderr, stdout } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const named = args.at(-1);
  expect(stderr).toContain(`${named} cannot be written: it is a SQLite database. It was not`);
  expect(stderr).toContain('[not-written]');
  expect(readFileSync(at(file)).equals(before)).toBe(true);
});

test.each([
  ['page of HTML', ['operators', 'inspect', 'index.db', 'shed', 'stable', '--html']],
  ['page of HTML', ['prove', ...SHOP, '--html']],
  ['JSON', ['prove', ...SHOP, '--catalog']],
  ['JSON', ['prove', ...SHOP, '--record']],
])('notes are no %s, and are not lost to one: %j', async (kind, args) => {
  const { code, stderr } = await run(...args, 'notes.txt');
  expect(code).toBe(2);
  expect(stderr.replaceAll('\n', ' ')).toContain(
    `notes.txt cannot be written: it is there already and is no ${kind}. It was not touched`,
  );
  expect(readFileSync(at('notes.txt'), 'utf8')).toBe('not to be lost\n');
  // What it wrote itself it takes the place of, and that of an empty file.
  writeFileSync(at('own'), '');
  for (const code of [0, 0]) expect(await run(...args, 'own')).toMatchObject({ code });
});

test('create takes the place of a database, and of nothing else', async () => {
  const create = (file: string) => run('operators', 'create', 'manifests', '--database', file, '--replace');
  execFileSync('mkfifo', [at('pipe')]);
  for (const [file, words] of [
    ['notes.txt', 'notes.txt is there already, and is no SQLite database. It was not touched.'],
    ['pipe', 'pipe cannot be written: it is a pipe and no file.'],
    ['migrations', 'migrations cannot be written: it is a folder and no file.'],
    ['/dev/null', '/dev/null cannot be written: it is a device and no file.'],
  ] as const) {
    const { code, stderr } = await create(file);
    expect({ code: code === 0, stderr: stderr.replaceAll('\n', ' ') }).toEqual({
      code: false,
      stderr: expect.stringContaining(words),
    });
  }
  expect(readFileSync(at('notes.txt'), 'utf8')).toBe('not to be lost\n');
  expect(statSync(at('pipe')).isFIFO()).toBe(true);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  // A link to what is not there yet stays one.
  symlinkSync('made/there.db', at('later.db'));
  mkdirSync(at('made'));
  expect(await create('later.db')).toMatchObject({ code: 0 });
  expect(lstatSync(at('later.db')).isSymbolicLink()).toBe(true);
  expect(readFileSync(at('made/there.db')).subarray(0, 15).toString()).toBe('SQLite format 3');
  writeFileSync(at('empty.db'), '');
  expect(await create('empty.db')).toMatchObject({ code: 0 });
});

test.each(['manifests/index.db', 'manifests/shed/../in.db', 'through/shed/in.db', 'to-it.db'])(
  'a database is not made among the manifests: %s',
  async (file) => {
    symlinkSync('manifests', at('through'));
    symlinkSync('manifests/in.db', at('to-it.db'));
    const { code, stderr } = await run('operators', 'create', 'manifests', '--database', file, '--replace');
    expect(code).toBe(1);
    expect(stderr).toContain('[registry-inside]');
    const [, command = ''] = /What to do: Have it beside the folder:([\s\S]*)$/.exec(stderr) ?? [];
    const [name, ...args] = command.trim().split(/\s+/);
    expect(name).toBe('registry-jobs');
    expect(existsSync(at('manifests/index.db'))).toBe(false);
    rmSync(at('index.db'));
    rmSync(at('to-it.db'));
    expect(await run(...args)).toMatchObject({ code: 0 });
  },
);

test('a catalog takes the place of no database', async () => {
  writeFileSync(at('index.json'), readFileSync(at('index.db')));
  const { code, stderr } = await run(
    'operators',
    'export',
    'index.db',
    '--output',
    'index.json',
    '--replace',
  );
  expect(code).not.toBe(0);
  expect(stderr).toContain('index.json is a SQLite database. It was not touched. [catalog-exists]');
  expect(readFileSync(at('index.json')).equals(readFileSync(at('index.db')))).toBe(true);
});

test('a pipe is no database, and is not waited for', { timeout: 60_000 }, () => {
  execFileSync('mkfifo', [at('p'), at('migrations/2_b.sql')]);
  const bin = fileURLToPath(new URL('../../bin/registry-jobs.ts', import.meta.url));
  const spawned = (...args: string[]) =>
    spawnSync(process.execPath, ['--no-warnings', bin, ...args], {
      cwd: folder,
      env: { ...process.env, REGISTRY_JOBS_ENVIRONMENT: 'test' },
      encoding: 'utf8',
      timeout: 20_000,
      // Who waits for a pipe hears of no other signal.
      killSignal: 'SIGKILL',
    });
  expect(spawned('lint', ...SHOP)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('2_b.sql is a pipe, and no file. [no-such-file]'),
  });
  rmSync(at('migrations/2_b.sql'));
  for (const args of [
    ['operators', 'inspect', 'p'],
    ['operators', 'export', 'p'],
    ['operators', 'diff', 'p', 'index.db'],
    ['operators', 'migrate', 'p'],
    ['status', '--database-url', 'sqlite:./p'],
    ['up', '--database-url', 'sqlite:./p'],
    ['prove', '--database-url', 'sqlite:./p'],
    ['dump', '--database-url', 'sqlite:./p'],
  ]) {
    const { status, stdout, stderr } = spawned(...args);
    expect({ args, status, told: `${stdout}${stderr}` }).toEqual({
      args,
      status: expect.any(Number),
      told: expect.stringMatching(/(?:\.\/)?p\s+is\s+a\s+pipe,\s+and\s+no\s+file\./),
    });
  }
});

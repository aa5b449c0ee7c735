import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { create } from '../../lib/api-operators.ts';
import { cliInProcess, writeFiles } from '../support/cli.ts';
import type { ReaderResult } from '../support/reader.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Nobody is kept from anything as root: the commands are run by somebody else then. */
const NOBODY = 65534;
const asReader = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
/** Whether that somebody can start a program of this checkout: not below a folder that only its owner may enter. */
const isReachable = process.getuid?.() !== 0 || [import.meta.dirname, process.execPath].every(isOpen);
if (!isReachable)
  console.log('Only root can enter this checkout: what others may do with a file is not tested.');
const root = temporaryFolder();
// Every folder above has to let that one in.
chmodSync(root, 0o755);
afterAll(() => {
  for (const name of readdirSync(root)) chmodSync(path.join(root, name), 0o755);
  rmSync(root, { recursive: true });
});

function isOpen(place: string): boolean {
  const above = path.dirname(place);
  return (statSync(place).mode & 0o001) !== 0 && (above === place || isOpen(above));
}

async function run(runs: readonly (readonly [string, readonly string[]])[]): Promise<ReaderResult[]> {
  const program = path.resolve(import.meta.dirname, '../support/reader.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(runs)], {
    ...asReader,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout);
}

interface Access {
  readonly mode: 'delete' | 'wal' | 'wal-open';
  readonly file: 'writable' | 'read-only';
  readonly folder: 'writable' | 'read-only';
}

const MODES: Access[] = (['delete', 'wal', 'wal-open'] as const).flatMap((mode) =>
  (['writable', 'read-only'] as const).flatMap((file) =>
    (['writable', 'read-only'] as const).map((folder) => ({ mode, file, folder })),
  ),
);

let made: Promise<string> | undefined;
/** A registry, and a migration of ours that is applied there in a table of its own: made once, when it is asked for. */
function base(): Promise<string> {
  made ??= makeBase();
  return made;
}

async function makeBase(): Promise<string> {
  const dir = path.join(root, 'base');
  mkdirSync(dir);
  writeFiles(dir, { 'migrations/1_a.sql': 'create table if not exists a (x int);', 'tree/.keep': '' });
  await create({ folder: path.join(dir, 'tree'), database: path.join(dir, 'index.db') });
  const env = { DATABASE_URL: 'sqlite:./index.db' };
  expect(await cliInProcess(['up', '--ledger', 'ours'], { folder: dir, env })).toMatchObject({ code: 0 });
  return dir;
}

async function place({ mode, file, folder }: Access, name: string): Promise<string> {
  const dir = path.join(root, name);
  cpSync(await base(), dir, { recursive: true });
  const database = path.join(dir, 'index.db');
  const opened = new DatabaseSync(database);
  if (mode !== 'delete') opened.exec('PRAGMA journal_mode = wal');
  opened.close();
  if (mode === 'wal-open') {
    // Who may only read leaves the two files, empty.
    const reader = new DatabaseSync(database, { readOnly: true });
    reader.prepare('SELECT count(*) FROM sqlite_master').get();
    reader.close();
  }
  for (const one of beside(dir)) chmodSync(path.join(dir, one), file === 'writable' ? 0o666 : 0o444);
  chmodSync(dir, folder === 'writable' ? 0o777 : 0o555);
  return dir;
}

const beside = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('index.db'));
const bytesOf = (dir: string) => readFileSync(path.join(dir, 'index.db')).toString('base64');

const READING = [
  ...[['status'], ['plan'], ['verify'], ['dump'], ['prove'], ['up']].map((one) => [
    ...one,
    '--ledger',
    'ours',
  ]),
  ...['inspect', 'repair', 'migrate'].map((one) => ['operators', one, 'index.db']),
  ['operators', 'export', 'index.db', '--output', '-'],
  ['operators', 'diff', 'index.db', 'index.db'],
];

test.runIf(isReachable)(
  'who reads, tries or has nothing to do leaves nothing beside the file, whoever may write it and its folder',
  {
    timeout: 20_000,
  },
  async () => {
    const dirs = await Promise.all(MODES.map((access, at) => place(access, `read-${at}`)));
    const before = dirs.map((dir) => [bytesOf(dir), beside(dir)] as const);
    const runs = dirs.flatMap((dir) => READING.map((args) => [dir, args] as const));
    const results = await run(runs);
    for (const [at, { code, err }] of results.entries())
      expect(`${code} ${err}`, String(runs[at])).toMatch(/^0 /);
    for (const [at, dir] of dirs.entries()) {
      const [bytes, names] = before[at] ?? ['', []];
      expect(bytesOf(dir) === bytes, dir).toBe(true);
      // Empty ones that were there go where somebody may remove them.
      expect(names).toEqual(expect.arrayContaining(beside(dir)));
    }
  },
);

test.runIf(isReachable)(
  'who has to write is told whether it is the file or its folder, and leaves nothing either',
  {
    timeout: 20_000,
  },
  async () => {
    const access = MODES.filter(
      (one) => one.file === 'read-only' || (one.folder === 'read-only' && one.mode !== 'wal-open'),
    );
    const dirs = await Promise.all(access.map((one, at) => place(one, `write-${at}`)));
    const before = dirs.map((dir) => beside(dir));
    const commands = [
      ['force', '1_a', '--ledger', 'other', '--yes'],
      ['operators', 'migrate', 'index.db', '--to', '8'],
    ];
    const results = await run(dirs.flatMap((dir) => commands.map((args) => [dir, args] as const)));
    for (const [at, { code, err }] of results.entries()) {
      const dir = dirs[Math.floor(at / commands.length)] ?? '';
      const { file } = access[Math.floor(at / commands.length)] ?? {};
      const [what, see] =
        file === 'read-only'
          ? ['', `ls -l ${dir}/index.db`]
          : [': SQLite makes another file beside it, in a folder that may not be written', `ls -ld ${dir}`];
      expect(code).toBe(1);
      expect(err).toContain(`index.db may not be written by this user${what}. [sqlite-read-only]`);
      expect(err).toContain(`Nothing was done. See whose it is: ${see}\n`);
    }
    expect(dirs.map((dir) => beside(dir))).toEqual(before);
  },
);

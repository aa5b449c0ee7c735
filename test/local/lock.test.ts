import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { readFolderLock, takeFolderLock } from '../../lib/local/folder-lock.ts';
import { joinSharedPostgres } from '../../lib/local/shared-postgres.ts';
import { cli, createProject, watchPassword } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PATIENCE_MS = 30_000;
const LONG_AGO = new Date(Date.now() - 3_600_000);

const others: ChildProcess[] = [];
afterAll(() => {
  for (const child of others) child.kill('SIGKILL');
});

/** A process that has nothing to do with any of this. */
async function anyProcess(options: { cwd?: string; uid?: number } = {}): Promise<number> {
  const child = spawn('sleep', ['100'], { stdio: 'ignore', ...options });
  others.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

function project(): { folder: string; home: string; lock: string } {
  const folder = createProject({ 'migrations/001_a.sql': 'CREATE TABLE a (x int);' }, undefined, {
    REGISTRY_JOBS_EMBEDDED: '.postgres',
    PGDATABASE: 'lock_test',
  });
  const home = path.join(folder, '.postgres');
  mkdirSync(home);
  return { folder, home, lock: path.join(home, 'keeper.pid') };
}

async function expectUp(folder: string, home: string): Promise<void> {
  const { code, stderr } = await cli(['up', '-e', 'test', '--json'], { folder });
  watchPassword(readFileSync(path.join(home, 'password'), 'utf8').trim());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await vi.waitFor(() => expect(existsSync(path.join(home, 'keeper.pid'))).toBe(false), PATIENCE_MS);
}

// At once: each has a folder of its own, and waits for a keeper or a lock most of the time.
describe.concurrent('who keeps the folder of an embedded Postgres', () => {
  test('a lock that a restart left, whose process id another process has by now, is no lock', async () => {
    const { folder, home, lock } = project();
    // As earlier versions wrote it, and as this one does.
    writeFileSync(lock, String(await anyProcess()));
    utimesSync(lock, LONG_AGO, LONG_AGO);
    await expectUp(folder, home);
    const held = await takeFolderLock(home);
    const text = readFileSync(lock, 'utf8');
    held?.release();
    writeFileSync(lock, text);
    utimesSync(lock, LONG_AGO, LONG_AGO);
    await expectUp(folder, home);
  });

  test('a lock that was written a moment ago by a process that is no more is no lock', async () => {
    const { home, lock } = project();
    const held = await takeFolderLock(home);
    const text = readFileSync(lock, 'utf8');
    held?.release();
    writeFileSync(lock, text.replace(`"pid":${process.pid}`, '"pid":4194303'));
    const taken = await takeFolderLock(home);
    expect(taken).toBeDefined();
    taken?.release();
    expect(existsSync(lock)).toBe(false);
  });

  test('of twenty that find a stale lock at once, one takes it', async () => {
    const { home, lock } = project();
    for (let round = 0; round < 20; round++) {
      writeFileSync(lock, '1');
      utimesSync(lock, LONG_AGO, LONG_AGO);
      const taken = await Promise.all(Array.from({ length: 20 }, () => takeFolderLock(home)));
      expect(taken.filter(Boolean).length).toBe(1);
      for (const each of taken) each?.release();
      expect(existsSync(lock)).toBe(false);
    }
  });

  test('a lock that is held stays fresh, and says who holds it', async () => {
    const { home, lock } = project();
    const held = await takeFolderLock(home);
    utimesSync(lock, LONG_AGO, LONG_AGO);
    await vi.waitFor(() => expect(Date.now() - statSync(lock).mtimeMs).toBeLessThan(5_000), 5_000);
    expect(await takeFolderLock(home)).toBeUndefined();
    expect(await readFolderLock(home)).toEqual({
      pid: process.pid,
      host: hostname(),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      isHere: true,
    });
    held?.release();
    expect(await readFolderLock(home)).toBeUndefined();
  });

  test('a folder whose keeper does not get its server ready: who keeps it, since when, and no word of deleting', async () => {
    const { home } = project();
    const held = await takeFolderLock(home);
    const holder = await readFolderLock(home);
    const error = await joinSharedPostgres(home, 2_500).catch((thrown) => thrown);
    held?.release();
    expect(renderError(toErrorReport(error))).toBe(
      `The embedded Postgres in ${home} did not answer for 2.5 s. Process ${process.pid} keeps it since ${holder?.since}. [embedded-postgres-failed]
What to do: End that process, and run again: kill ${process.pid}`,
    );
  });

  test('a folder that another container keeps: where, and no word of ending a process here', async () => {
    const { home, lock } = project();
    const held = await takeFolderLock(home);
    const holder = await readFolderLock(home);
    const text = readFileSync(lock, 'utf8');
    writeFileSync(lock, text.replace(`"host":"${hostname()}"`, '"host":"other"'));
    const error = await joinSharedPostgres(home, 1_500).catch((thrown) => thrown);
    writeFileSync(lock, text);
    held?.release();
    expect(renderError(toErrorReport(error))).toBe(
      `The embedded Postgres in ${home} did not answer for 1.5 s. Process ${process.pid} on other keeps it since ${holder?.since}. [embedded-postgres-failed]
What to do: Only commands on other reach it. Run there, or name another folder, in the .env file: REGISTRY_JOBS_EMBEDDED=/path/to/folder`,
    );
  });

  test('the process id that a killed server left, which another process of its user has by now, does not stop the next', async () => {
    const home = temporaryFolder();
    const data = path.join(home, 'data');
    const first = await startEmbeddedPostgres({ dataDirectory: home });
    const [pid = '', ...rest] = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
    await first.stop();
    const other = await anyProcess({ uid: statSync(data).uid });
    writeFileSync(path.join(data, 'postmaster.pid'), [String(other), ...rest].join('\n'));
    expect(Number(pid)).toBeGreaterThan(0);
    const second = await startEmbeddedPostgres({ dataDirectory: home });
    await second.stop();
    expect(existsSync(path.join(data, 'postmaster.pid'))).toBe(false);
  });

  test('a server that runs on the data is left alone, and named', async () => {
    const home = temporaryFolder();
    const first = await startEmbeddedPostgres({ dataDirectory: home });
    try {
      const [pid] = readFileSync(path.join(home, 'data/postmaster.pid'), 'utf8').split('\n');
      await expect(startEmbeddedPostgres({ dataDirectory: home })).rejects.toMatchObject({
        code: 'embedded-postgres-failed',
        message: `Process ${pid} already runs a Postgres on ${home}/data, and nobody here can reach it.`,
        hint: `End it, and run again: kill -INT ${pid}`,
      });
      await first.createDatabase('still_there');
    } finally {
      await first.stop();
    }
  });
});

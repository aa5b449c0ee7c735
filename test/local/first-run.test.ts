import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, expect, test, vi } from 'vitest';
import { type CopyRunOptions, copyCheckout, runCopy } from '../support/checkout-copy.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The first command on a fresh machine, wherever and as whoever it is run. What only root can set up is skipped for others.
const isRoot = process.getuid?.() === 0;
const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;
const asRoot = test.skipIf(!isRoot);
const withMounts = test.skipIf(!canMount);

/** A user with an entry in /etc/passwd, and one without. */
const NOBODY = 65_534;
const UNKNOWN = 12_345;

// Whole demos, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 });

// Not in shared memory, which a test replaces.
const base = temporaryFolder(tmpdir().startsWith('/dev/shm') ? '/tmp' : tmpdir());
/** With a blank and letters beyond ASCII, like many a home folder. */
const copy = path.join(base, 'Übung Straße', 'project');
const temporary = path.join(base, 'tmp');

beforeAll(() => {
  copyCheckout(copy);
  mkdirSync(path.join(copy, 'few'));
  writeFileSync(path.join(copy, 'few/001_a.sql'), 'create table a (x int);');
  mkdirSync(temporary);
  chmodSync(base, 0o755);
});

/** A new folder for temporary files that everybody may write. */
function openFolder(name: string): string {
  const folder = path.join(temporary, name);
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  return folder;
}

function give(folder: string, uid: number, mode: number): void {
  rmSync(path.join(copy, '.postgres'), { recursive: true, force: true });
  chownSync(folder, uid, uid);
  chmodSync(folder, mode);
}

async function demo(options: CopyRunOptions & { env: { TMPDIR: string } }): Promise<void> {
  const { code, stdout, stderr } = await runCopy(copy, ['bin/demo.ts'], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('== The same again: nothing to do');
  expect(stdout).toContain('== Try next');
  // The page stays, since its path was printed; the data of the server does not.
  const left = leftIn(options.env.TMPDIR);
  expect(left.flatMap((name) => readdirSync(path.join(options.env.TMPDIR, name)))).toEqual(['report.html']);
}

/** Less than the demo: only that a server runs. */
async function server(
  options: CopyRunOptions & { env: { TMPDIR: string } },
  sql = 'select 1 as n',
): Promise<void> {
  const script = `
    const { startEmbeddedPostgres } = await import('./lib/local/embedded-postgres.ts');
    const { default: pg } = await import('pg');
    const server = await startEmbeddedPostgres();
    const client = new pg.Client({ connectionString: server.connectionString('postgres') });
    client.on('error', () => {});
    try {
      await client.connect();
      const results = [await client.query(process.env.SQL)].flat();
      console.log(JSON.stringify(results.at(-1).rows));
    } finally {
      await client.end();
      await server.stop();
    }`;
  const env = { ...options.env, SQL: sql };
  const args = ['--input-type=module', '--eval', script];
  const { code, stdout, stderr } = await runCopy(copy, args, { ...options, env });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '[{"n":1}]\n', stderr: '' });
  expect(leftIn(options.env.TMPDIR)).toEqual([]);
}

function leftIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('registry-jobs-'));
}

/** Commands on a server that they share, and that keeps its data. */
async function command(options: CopyRunOptions): Promise<void> {
  const run = (...args: string[]) =>
    runCopy(copy, ['bin/registry-jobs.ts', ...args, '-e', 'test', '-m', 'few', '--json'], options);
  const ended = () =>
    expect.poll(() => existsSync(path.join(copy, '.postgres/keeper.pid')), { timeout: 30_000 }).toBe(false);
  const up = await run('up');
  expect({ code: up.code, stderr: up.stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(up.stdout).status).toBe('applied');
  await ended();
  // Starts the server again on the same data.
  const { code, stderr } = await run('status', '--check');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await ended();
}

test('the demo runs in a folder with blanks and letters beyond ASCII, and without HOME', async () => {
  await demo({ env: { TMPDIR: openFolder('own'), HOME: undefined } });
});

asRoot(
  'root in a folder that nobody else can enter: the demo and commands, and the data folder keeps its mode',
  async () => {
    give(copy, 0, 0o700);
    await demo({ env: { TMPDIR: openFolder('root') } });
    const home = path.join(copy, '.postgres');
    mkdirSync(home);
    chmodSync(home, 0o700);
    await command({});
    expect(statSync(home).mode & 0o7777).toBe(0o700);
  },
);

asRoot('root with a folder for temporary files that nobody else can enter', async () => {
  give(copy, 0, 0o700);
  const closed = openFolder('closed');
  chmodSync(closed, 0o700);
  await server({ env: { TMPDIR: closed } });
});

asRoot('a user in a folder of his own that nobody else can enter', async () => {
  give(copy, NOBODY, 0o700);
  await server({ uid: NOBODY, env: { TMPDIR: openFolder('user') } });
  await command({ uid: NOBODY });
});

asRoot('in a checkout that the user cannot write a server runs, and a command names the folder', async () => {
  give(copy, 0, 0o755);
  await server({ uid: NOBODY, env: { TMPDIR: openFolder('reader') } });
  const { code, stdout, stderr } = await runCopy(copy, ['bin/registry-jobs.ts', 'up', '-e', 'test'], {
    uid: NOBODY,
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: The embedded Postgres cannot write into ${copy}/.postgres: this user may not write there (EACCES). [unwritable-folder]
What to do: Name another folder, in the .env file: REGISTRY_JOBS_EMBEDDED=/path/to/folder. Or name a server: --database-url postgres://USER@HOST/DATABASE
`,
  });
});

withMounts('on a read-only file system a server runs, and a command names the folder', async () => {
  give(copy, 0, 0o700);
  const mounts = `mount --bind '${copy}' '${copy}' && mount -o remount,bind,ro '${copy}'`;
  await server({ mounts, env: { TMPDIR: openFolder('read-only') } });
  const { code, stderr } = await runCopy(copy, ['bin/registry-jobs.ts', 'up', '-e', 'test'], { mounts });
  expect([code, stderr.split('\n')[0]]).toEqual([
    1,
    `error: The embedded Postgres cannot write into ${copy}/.postgres: it is on a read-only file system (EROFS). [unwritable-folder]`,
  ]);
});

asRoot('a user id without an entry in /etc/passwd: commands run, and say who by number', async () => {
  give(copy, 0, 0o755);
  const database = await createTestDatabase();
  try {
    const up = ['bin/registry-jobs.ts', 'up', '--database-url', database.url, '--json'];
    const { code, stderr } = await runCopy(copy, up, { uid: UNKNOWN, env: { HOME: undefined } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('SELECT DISTINCT who FROM schema_migrations_journal');
    await client.end();
    expect(rows).toEqual([{ who: `${UNKNOWN}@${hostname()}` }]);
  } finally {
    await database.drop();
  }
});

asRoot(
  'a user id without an entry in /etc/passwd: the demo says in one sentence what is missing',
  async () => {
    give(copy, 0, 0o755);
    const TMPDIR = openFolder('unknown');
    const { code, stdout, stderr } = await runCopy(copy, ['bin/demo.ts'], { uid: UNKNOWN, env: { TMPDIR } });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: Postgres makes a database only for a user that the machine knows, and user id ${UNKNOWN} has no entry in /etc/passwd. [embedded-postgres-user]
What to do: Run as a user that has one; a container is given those of its host by: docker run --volume /etc/passwd:/etc/passwd:ro
`,
    });
    expect(leftIn(TMPDIR)).toEqual([]);
  },
);

withMounts('root of a machine that knows no user postgres: the server runs as nobody', async () => {
  give(copy, 0, 0o700);
  const mounts = `grep -v ^postgres: /etc/passwd > '${base}/passwd' && mount --bind '${base}/passwd' /etc/passwd`;
  await server({ mounts, env: { TMPDIR: openFolder('nobody') } });
});

withMounts('root that may not become another user says so, once', async () => {
  give(copy, 0, 0o700);
  const TMPDIR = openFolder('captive');
  // As in a container without capabilities.
  const mounts = 'exec setpriv --bounding-set=-setuid,-setgid "$@"';
  const { code, stdout, stderr } = await runCopy(copy, ['bin/demo.ts'], { mounts, env: { TMPDIR } });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: Postgres does not run as root, and this process may not start it as the user \w+ \(EPERM\)\. \[embedded-postgres-failed\]\nWhat to do: Run as a user that is not root\. A server of your own will do as well: .*\n$/,
    ),
  });
  expect(leftIn(TMPDIR)).toEqual([]);
});

withMounts('a data folder without room is named, and the half of the data goes', async () => {
  give(copy, 0, 0o700);
  const home = path.join(copy, '.postgres');
  mkdirSync(home);
  const mounts = `mount -t tmpfs -o size=8m tmpfs '${home}'`;
  const { code, stderr } = await runCopy(copy, ['bin/registry-jobs.ts', 'up', '-e', 'test'], { mounts });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `error: The embedded Postgres cannot write into ${home}: there is no room left (ENOSPC). [unwritable-folder]
What to do: Make room there (100 MB are enough), or name another folder, in the .env file: REGISTRY_JOBS_EMBEDDED=/path/to/folder. Or name a server: --database-url postgres://USER@HOST/DATABASE
`,
  });
});

test('a folder for temporary files that is not there is named', async () => {
  const TMPDIR = path.join(base, 'nowhere');
  const { code, stdout, stderr } = await runCopy(copy, ['bin/demo.ts'], { env: { TMPDIR } });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: The embedded Postgres cannot write into ${TMPDIR}: there is no such folder (ENOENT). [unwritable-folder]
What to do: Name another folder for temporary files: export TMPDIR=/path/to/folder
`,
  });
});

withMounts('a folder for temporary files without room is named, and nothing stays in it', async () => {
  give(copy, 0, 0o700);
  const TMPDIR = openFolder('full');
  const mounts = `mount -t tmpfs -o size=8m tmpfs '${TMPDIR}'`;
  const script = `import('./bin/demo.ts').then(() => console.log(fs.readdirSync(process.env.TMPDIR).filter((name) => name.startsWith('registry-jobs-'))))`;
  const { code, stdout, stderr } = await runCopy(copy, ['--eval', script], { mounts, env: { TMPDIR } });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '[]\n',
    stderr: `error: The embedded Postgres cannot write into ${TMPDIR}: there is no room left (ENOSPC). [unwritable-folder]
What to do: Make room there (100 MB are enough), or name another folder for temporary files: export TMPDIR=/path/to/folder
`,
  });
});

withMounts('64 MB of shared memory, as containers have them, are enough for parallel queries', async () => {
  give(copy, 0, 0o700);
  const mounts = 'mount -t tmpfs -o size=64m tmpfs /dev/shm';
  const TMPDIR = openFolder('shm');
  const sql = `create unlogged table t as select i, repeat('x', 1000) as s from generate_series(1, 85000) i;
    analyze t; set work_mem = '256MB'; set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0;
    set parallel_tuple_cost = 0; set debug_parallel_query = on; set enable_sort = off;
    set enable_nestloop = off; set enable_mergejoin = off;
    select count(distinct length(a.s || b.s))::int as n from t a join t b using (i)`;
  await server({ mounts, env: { TMPDIR } }, sql);
});

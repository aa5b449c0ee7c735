import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { isWholeArchive, packFolder, unpackFolder } from '../../lib/local/cluster-archive.ts';
import {
  cacheFolder,
  canKeep,
  clusterFile,
  keepCluster,
  readCluster,
} from '../../lib/local/cluster-cache.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import type { EmbeddedServer } from '../../lib/local/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// initdb is run once, and its cluster copied for each server: whatever becomes of what is kept, a server starts, and is nobody else's.
const isRoot = process.getuid?.() === 0;

/** What the first server left, for those that come after it. */
let ready: string;
let first: Seen;
let cache: string;
let kept: string;

beforeAll(async () => {
  use(temporaryFolder());
  first = await start();
  ready = onlyFile();
});
beforeEach(() => use(temporaryFolder()));
afterEach(() => {
  vi.unstubAllEnvs();
});

function use(folder: string): void {
  cache = folder;
  kept = path.join(folder, 'registry-jobs');
  vi.stubEnv('XDG_CACHE_HOME', folder);
}

/** Puts what the first server left into the folder of this test. */
function prepare(): string {
  mkdirSync(kept, { mode: 0o700 });
  const file = path.join(kept, path.basename(ready));
  copyFileSync(ready, file);
  chmodSync(file, 0o600);
  return file;
}

const files = () => (existsSync(kept) ? readdirSync(kept) : []);
function onlyFile(): string {
  expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.cluster$/)]);
  return path.join(kept, String(files()[0]));
}

interface Seen {
  /** What initdb draws: two clusters with the same one are copies of one. */
  readonly cluster: string;
  readonly verifier: string;
  readonly databases: string;
  readonly zone: string;
  readonly password: string;
}

const LOOK = `select system_identifier::text as cluster, current_setting('timezone') as zone,
  (select rolpassword from pg_authid where rolname = 'postgres') as verifier,
  (select string_agg(datname, ' ' order by datname) from pg_database) as databases from pg_control_system()`;

async function look({ connectionString, password }: EmbeddedServer): Promise<Seen> {
  const client = new pg.Client({ connectionString: connectionString('postgres') });
  client.on('error', () => {});
  await client.connect();
  try {
    return { ...(await client.query(LOOK)).rows[0], password };
  } finally {
    await client.end();
  }
}

/** Starts a server, looks at it, and stops it. */
async function start(
  dataDirectory?: string,
  leave?: (server: EmbeddedServer) => Promise<unknown>,
): Promise<Seen> {
  const server = await startEmbeddedPostgres(dataDirectory === undefined ? {} : { dataDirectory });
  try {
    const seen = await look(server);
    await leave?.(server);
    return seen;
  } finally {
    await server.stop();
  }
}

describe('the cluster of the first server', () => {
  test('is kept for the next, which has a password of its own and nothing of the ones before', async () => {
    const file = prepare();
    const { ino } = statSync(file);
    const second = await start(undefined, async (server) => {
      await server.createDatabase('mine');
      const url = new URL(server.connectionString('postgres'));
      url.password = first.password;
      const other = new pg.Client({ connectionString: url.href });
      other.on('error', () => {});
      await expect(other.connect()).rejects.toThrow('password authentication failed');
    });
    const third = await start();
    expect([second.cluster, third.cluster]).toEqual([first.cluster, first.cluster]);
    expect(third.databases).toBe('postgres template0 template1');
    const secrets = [first, second, third].flatMap(({ password, verifier }) => [password, verifier]);
    expect(new Set(secrets).size).toBe(6);
    const archive = readFileSync(onlyFile(), 'latin1');
    for (const secret of secrets) expect(archive).not.toContain(secret);
    expect(statSync(file).ino).toBe(ino);
    expect([ready, path.dirname(ready)].map((place) => statSync(place).mode & 0o777)).toEqual([0o600, 0o700]);
  });

  test('is made anew where it was damaged, also by several at once, each of which has a server', async () => {
    truncateSync(prepare(), 1_000_000);
    const seen = await Promise.all([start(), start()]);
    expect(seen.map(({ cluster }) => cluster)).not.toContain(first.cluster);
    expect(new Set(seen.map(({ password }) => password)).size).toBe(2);
    expect(isWholeArchive(readFileSync(onlyFile()))).toBe(true);
    // Whose was kept is chance.
    expect(seen.map(({ cluster }) => cluster)).toContain((await start()).cluster);
  });

  test('is not kept where it is whole and no server starts with it: then initdb makes the data', async () => {
    const file = prepare();
    const wrong = temporaryFolder();
    unpackFolder(readFileSync(file), wrong);
    writeFileSync(path.join(wrong, 'PG_VERSION'), '9.1\n');
    writeFileSync(file, packFolder(wrong));
    expect((await start()).cluster).not.toBe(first.cluster);
    expect(files()).toEqual([]);
  });

  test('is not taken in another time zone, which initdb writes down', async () => {
    prepare();
    vi.stubEnv('TZ', 'Asia/Tokyo');
    expect((await start()).zone).toBe('Asia/Tokyo');
    expect(files().length).toBe(2);
  });
});

test.each([
  [`it's "quoted" \\ and 'more'`, true],
  ['a password with a tab\tin it', false],
])('the password of a folder is taken as it is: %s', async (password, isCopy) => {
  prepare();
  const home = temporaryFolder();
  writeFileSync(path.join(home, 'password'), `${password}\n`, { mode: 0o600 });
  const server = await startEmbeddedPostgres({ dataDirectory: home });
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password,
    database: 'postgres',
  });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(LOOK);
  await client.end();
  await server.stop();
  // One that cannot be typed is left to initdb.
  expect(rows[0].cluster === first.cluster).toBe(isCopy);
});

describe('an archive', () => {
  test('has the folder again, byte for byte', () => {
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(path.join(from, 'a/empty'), { recursive: true });
    const zeros = '\0'.repeat(200_000);
    const contents = {
      one: 'x',
      'a/two': 'x',
      'a/zeros': zeros,
      nothing: '',
      'a/end': `${'y'.repeat(9_000)}${zeros}`,
    };
    for (const [name, text] of Object.entries(contents)) writeFileSync(path.join(from, name), text);
    const archive = packFolder(from);
    expect([isWholeArchive(archive), archive.length < 40_000]).toEqual([true, true]);
    unpackFolder(archive, to);
    const all = (folder: string) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => {
          const place = path.join(folder, name);
          return [name, statSync(place).isFile() && readFileSync(place, 'latin1')];
        });
    expect(all(to)).toEqual(all(from));
    symlinkSync(from, path.join(to, 'link'));
    expect(() => packFolder(to)).toThrow('neither a folder nor a file');
  });

  test.each<[string, (file: string) => void]>([
    ['where a byte of it is another', (file) => writeAt(file, -1_000)],
    ['where a byte of its checksum is another', (file) => writeAt(file, 0)],
    ['where its end is missing', (file) => truncateSync(file, statSync(file).size - 1)],
    ['where it is empty', (file) => truncateSync(file, 0)],
    ['where others may write it', (file) => chmodSync(file, 0o622)],
    ['where others may write its folder', () => chmodSync(kept, 0o777)],
    [
      'where it is a link',
      (file) => {
        renameSync(file, path.join(cache, 'elsewhere'));
        symlinkSync(path.join(cache, 'elsewhere'), file);
      },
    ],
    ...(isRoot
      ? [['where it is of another user', (file: string) => chownSync(file, 65_534, 65_534)] as never]
      : []),
  ])('is not read %s', async (_, damage) => {
    const file = prepare();
    expect((await readCluster(file)) !== undefined).toBe(true);
    damage(file);
    expect((await readCluster(file)) === undefined).toBe(true);
  });

  function writeAt(file: string, place: number): void {
    const bytes = readFileSync(file);
    const at = (place + bytes.length) % bytes.length;
    bytes[at] = Number(bytes[at]) ^ 1;
    writeFileSync(file, bytes);
  }

  test('is whole in its place, however many write it at once, and nothing else is left', async () => {
    const folder = temporaryFolder();
    const file = clusterFile(path.join(folder, 'a'), ['x']);
    expect(file).not.toBe(clusterFile(path.join(folder, 'a'), ['y']));
    const archive = packFolder(import.meta.dirname);
    await Promise.all(Array.from({ length: 10 }, () => keepCluster(file, archive)));
    expect(readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
    expect(await readCluster(file)).toEqual(archive);
  });

  test('of an earlier version goes in the end, and what a killed process was writing', async () => {
    mkdirSync(kept, { mode: 0o700 });
    const [old, recent, left, making, other] = [
      'f.cluster',
      'e.cluster',
      'd.cluster.01',
      'd.cluster.02',
      'notes',
    ];
    for (const name of [old, recent, left, making, other]) writeFileSync(path.join(kept, String(name)), '');
    const age = (name = '', days = 0) =>
      utimesSync(path.join(kept, name), Date.now() / 1000, Date.now() / 1000 - days * 86_400);
    age(old, 61);
    for (const name of [recent, left, other]) age(name, 1);
    await keepCluster(path.join(kept, 'new.cluster'), Buffer.from(''));
    expect(files()).toEqual([making, recent, 'new.cluster', other].sort());
  });
});

describe('nothing is kept', () => {
  test('in a folder that others may write, and where a file is in its place', async () => {
    mkdirSync(kept);
    chmodSync(kept, 0o777);
    const file = path.join(kept, 'x.cluster');
    expect(await canKeep(file)).toBe(false);
    await keepCluster(file, Buffer.from('x'));
    expect(files()).toEqual([]);
    writeFileSync(path.join(cache, 'file'), '');
    expect(await canKeep(path.join(cache, 'file/x.cluster'))).toBe(false);
  });

  test('in a home that is not there or of another user; a folder that is named is taken', async () => {
    expect(await cacheFolder()).toBe(kept);
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    vi.stubEnv('HOME', cache);
    expect(await cacheFolder()).toMatch(new RegExp(`^${cache}/.*registry-jobs$`));
    vi.stubEnv('HOME', path.join(cache, 'missing'));
    expect(await cacheFolder()).toBeUndefined();
    if (!isRoot) return;
    chownSync(cache, 65_534, 65_534);
    vi.stubEnv('HOME', cache);
    expect(await cacheFolder()).toBeUndefined();
  });
});

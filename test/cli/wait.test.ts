import { connect as connectTo, createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { cliInProcess, createProject } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const open: Server[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(done)))));

function listen(port: number): Promise<number> {
  const { hostname, port: target } = new URL(database.url);
  const server = createServer((near) => {
    const far = connectTo(Number(target), hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far])
      socket.on('error', () => near.destroy(far.destroy().errored ?? undefined));
  });
  open.push(server);
  return new Promise((resolve) =>
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
}

/** A port where nobody listens at this moment. */
async function freePort(): Promise<number> {
  const port = await listen(0);
  await new Promise((done) => open.pop()?.close(done));
  return port;
}

const files = { 'migrations/001_t.sql': 'create table if not exists t (id int);' };

test('a server that is not there yet is waited for', async () => {
  const port = await freePort();
  const url = new URL(database.url);
  url.port = String(port);
  const folder = createProject(files);
  const args = ['up', '--database-url', url.toString()];
  const refused = await cliInProcess(args, { folder });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('[connect-refused]');

  const running = cliInProcess([...args, '--wait', '20s'], { folder });
  setTimeout(() => listen(port), 600);
  const { code, stdout, stderr } = await running;
  expect(stderr).toContain(`Waiting. Nothing accepts connections at 127.0.0.1:${port}.`);
  expect(stdout).toContain('1 migration applied');
  expect(code).toBe(0);
});

test('doctor waits for a server too, and then looks at all of it', async () => {
  const port = await freePort();
  const url = new URL(database.url);
  url.port = String(port);
  const folder = createProject(files);
  const args = ['doctor', '--database-url', url.toString(), '--wait'];
  const never = await cliInProcess([...args, '500ms'], { folder });
  expect(never.code).toBe(1);
  expect(never.stdout).toContain('[connect-refused]');

  const running = cliInProcess([...args, '20s'], { folder });
  setTimeout(() => listen(port), 600);
  const { code, stdout, stderr } = await running;
  expect(stderr).toBe(`Waiting. Nothing accepts connections at 127.0.0.1:${port}.\n`);
  expect(stdout).toContain(`127.0.0.1:${port} accepts connections`);
  expect(stdout).toContain('Nothing was found that would stop up.');
  expect(code).toBe(0);
});

test('doctor ends its line when it is stopped, and its time does not begin anew', async () => {
  const url = new URL(database.url);
  url.port = String(await freePort());
  let stop: ((signal: 'SIGINT') => void) | undefined;
  const running = cliInProcess(
    ['doctor', '--database-url', url.toString(), '--wait', '20s'],
    { folder: createProject(files) },
    {
      isTerminal: true,
      columns: () => 80,
      onSignal: (listen) => {
        stop = listen;
        return () => {};
      },
    },
  );
  await new Promise((done) => setTimeout(done, 1_500));
  stop?.('SIGINT');
  const { code, stderr } = await running;
  expect(code).toBe(130);
  expect(stderr.split('\r\u001B[2K').at(-1)).toBe(
    'error: Stopped by SIGINT before anything was changed. [stopped]\n',
  );
  expect(stderr).toMatch(/Waiting\. Nothing accepts .* 1\.\d s/);
});

test('it is not waited for longer, and an answer that stays is no reason to wait', async () => {
  const url = new URL(database.url);
  url.port = String(await freePort());
  const folder = createProject(files);
  const began = performance.now();
  const args = (database: URL, wait: string) => [
    'status',
    '--database-url',
    database.toString(),
    '--wait',
    wait,
  ];
  expect((await cliInProcess(args(url, '400ms'), { folder })).stderr).toContain('[connect-refused]');
  expect(performance.now() - began).toBeGreaterThan(400);
  const nobody = new URL(database.url);
  nobody.pathname = '/no_such_database';
  const before = performance.now();
  expect((await cliInProcess(args(nobody, '1h'), { folder })).stderr).toContain('[connect-no-database]');
  expect(performance.now() - before).toBeLessThan(5_000);
});

test('another run is waited for as long', async () => {
  const client = await database.connect();
  const key = migrationLockKey(database.name, { schema: 'public', table: 'schema_migrations' });
  await client.query('select pg_advisory_lock($1::bigint)', [String(key)]);
  const folder = createProject({
    'migrations/002_u.sql': 'create table if not exists u (id int);',
    ...files,
  });
  const { code, stderr } = await cliInProcess(['up', '--database-url', database.url, '--wait', '300ms'], {
    folder,
  });
  const never = await cliInProcess(['up', '--database-url', database.url, '--wait', '0s'], { folder });
  await client.end();
  expect(stderr).toMatch(/^Waiting for another run/);
  expect(stderr).toContain('[locked]');
  expect(stderr).toContain(' See what it does: registry-jobs watch --database-url ');
  expect(never.stderr).toMatch(/^error: Another run holds the migration lock/);
  expect(code).toBe(1);
});

test('what is no duration is refused with an example', async () => {
  const { code, stderr } = await cliInProcess(['up', '--wait', '30'], { folder: createProject(files) });
  expect(code).toBe(2);
  expect(stderr).toContain('"30" is not a duration such as 500ms, 2s, 10min or 1h');
});

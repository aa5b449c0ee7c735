import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { cli, createProject, watchPassword } from '../support/cli.ts';
import { compileCache } from '../support/compile-cache.ts';

/** How long the keeper of a server waits for the next command, with much to spare on a busy machine. */
const PATIENCE_MS = 30_000;

const ended = (home: string) =>
  vi.waitFor(() => expect(existsSync(path.join(home, 'keeper.pid'))).toBe(false), PATIENCE_MS);

// At once: each has a server of its own, and waits most of the time.
describe.concurrent('an embedded Postgres', () => {
  test('two commands at once on a fresh folder share one server, later ones find the data, and it ends by itself', async () => {
    const folder = createProject({ 'migrations/001_a.sql': 'CREATE TABLE a (); SELECT 1;' }, undefined, {
      REGISTRY_JOBS_EMBEDDED: '.postgres',
      PGDATABASE: 'fresh_test',
      REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'missing',
    });
    const home = path.join(folder, '.postgres');
    const runs = await Promise.all([1, 2].map(() => cli(['up', '-e', 'test', '--json'], { folder })));
    const password = readFileSync(path.join(home, 'password'), 'utf8').trim();
    watchPassword(password);
    expect(password.length).toBeGreaterThan(20);
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const reports = runs.map(({ stdout }) => JSON.parse(stdout));
    expect(reports.map(({ status }) => status).sort()).toEqual(['applied', 'nothing-to-do']);
    expect(reports[0].database).toEqual(reports[1].database);

    const [status, refresh, detached] = await Promise.all([
      cli(['status', '-e', 'test', '--check'], { folder }),
      cli(['refresh', '-e', 'test'], { folder }),
      cli(['up', '-e', 'test', '--detach'], { folder }),
    ]);
    // It stops with the command, and whatever runs in it.
    expect([detached.code, detached.stderr]).toEqual([2, expect.stringContaining('[cannot-detach]')]);
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('Up to date.')]);
    // The embedded server must not hide that a command failed.
    expect([refresh.code, refresh.stdout]).toEqual([1, expect.stringContaining('[no-such-function]')]);

    await ended(home);
    expect(existsSync(path.join(home, 'data', 'postmaster.pid'))).toBe(false);
    expect(await accepts(reports[0].database.port)).toBe(false);

    const again = await cli(['status', '-e', 'test', '--check'], { folder });
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Up to date.')]);
    await ended(home);
  }, 90_000);

  test('stays for whoever has joined it, however slow the machine is to go on', async () => {
    const home = path.join(createProject({}), '.postgres');
    const module = path.join(import.meta.dirname, '../../lib/local/shared-postgres.ts');
    const slow = `import { joinSharedPostgres } from ${JSON.stringify(module)};
      const server = await joinSharedPostgres(${JSON.stringify(home)});
      await new Promise((go) => setTimeout(go, 4_000));
      await server.createDatabase('late_test');`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', slow]);
    await ended(home);
  }, 60_000);

  test('a server that cannot start is told about at once, with its own words', async () => {
    const folder = createProject(
      { 'migrations/001_a.sql': 'SELECT 1;', '.postgres/data/PG_VERSION': '9.1\n' },
      undefined,
      { REGISTRY_JOBS_EMBEDDED: '.postgres', PGDATABASE: 'broken_test' },
    );
    const began = performance.now();
    const { code, stdout, stderr } = await cli(['up', '-e', 'test'], { folder });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^error: The embedded Postgres in .* did not start\. \[embedded-postgres-failed\]\n/,
    );
    expect(stderr).toMatch(/^postgres: could not access the server configuration file /m);
    expect(stderr).not.toContain('at async');
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('a process that starts a server by itself ends with the exit code that it set, and stops the server', async () => {
    const module = pathToFileURL(path.resolve(import.meta.dirname, '../../lib/local/embedded-postgres.ts'));
    const script = `
      const { startEmbeddedPostgres } = await import('${module}');
      const server = await startEmbeddedPostgres();
      console.log(server.port);
      await server.stop();
      process.exitCode = 7;`;
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      const args = ['--input-type=module', '--eval', script];
      execFile(process.execPath, args, { env: { ...process.env, ...compileCache } }, (error, out) =>
        resolve({ code: error?.code, stdout: out }),
      );
    });
    expect(code).toBe(7);
    expect(await accepts(Number(stdout))).toBe(false);
  });
});

function accepts(port: number): Promise<boolean> {
  expect(port).toBeGreaterThan(0);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

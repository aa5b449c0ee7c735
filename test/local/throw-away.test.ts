import pg from 'pg';
import { expect, test } from 'vitest';
import { withThrowAwayServer } from '../../lib/cli/throw-away.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';
import { whyItEnded } from '../../lib/local/explain.ts';

const lost = () => new RegistryJobsError('connection-lost', 'The connection was lost.');

test.runIf(process.platform === 'linux')(
  'a server that is killed in the middle says so, and not that a connection was lost',
  async () => {
    const killed = withThrowAwayServer(async ({ settings }) => {
      const { host, port, user, password, database } = settings;
      const client = new pg.Client({ host, port, user, password: String(password), database });
      client.on('error', () => {});
      await client.connect();
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      // Whether the server hears first of its death, or that it is to stop, is left open.
      process.kill(rows[0].pid, 'SIGKILL');
      throw lost();
    });
    await expect(killed).rejects.toMatchObject({
      code: 'connection-lost',
      message: expect.stringMatching(
        /^The Postgres that was started on 127\.0\.0\.1:\d+ could not go on: .*\(PID \d+\) was terminated by signal 9: Killed$/,
      ),
    });
  },
);

test('what has nothing to do with the server is told as it is', async () => {
  await expect(withThrowAwayServer(() => Promise.reject(lost()))).rejects.toThrow('The connection was lost.');
});

test.each([
  [
    'LOG:  listening on 127.0.0.1\n2026-11-28 20:18:01.1 UTC [7] PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device\nSTATEMENT:  create table t ()',
    'could not write to file "pg_wal/xlogtemp.7": No space left on device',
  ],
  [
    'LOG:  server process (PID 8) was terminated by signal 11: Segmentation fault\nLOG:  terminating',
    'server process (PID 8) was terminated by signal 11: Segmentation fault',
  ],
  ['ERROR:  relation "t" does not exist\nLOG:  received fast shutdown request', undefined],
  // That is the memory of the machine for parallel queries, which the server goes on without.
  ['could not resize shared memory segment "/PostgreSQL.1": No space left on device', undefined],
])('why a server could not go on is in what it wrote: %j', (output, why) => {
  expect(whyItEnded(output)).toBe(why);
});

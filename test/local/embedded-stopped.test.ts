import { expect, onTestFinished, test } from 'vitest';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { explainFailure } from '../../lib/local/explain.ts';

const place = { folder: { path: '/tmp', isTemporary: true }, data: '/tmp/data' };

/* What the programs of Postgres write when a terminal, or whoever ends all processes of a group, has stopped them. */
test.each([
  [
    'FATAL:  could not open file "base/1/1249": No such file or directory\nchild process was terminated by signal 2: Interrupt\ninitdb: removing contents of data directory "/proc/self/cwd"',
    'Stopped by SIGINT before there was a server.',
  ],
  ['child process was terminated by signal 15: Terminated', 'Stopped by SIGTERM before there was a server.'],
  ['creating configuration files ... ok\ncaught signal\n', 'Stopped before there was a server.'],
  [
    'LOG:  starting PostgreSQL 18.4\nLOG:  received fast shutdown request\nLOG:  shutting down',
    'Stopped before there was a server.',
  ],
])('%j', (output, message) => {
  expect(explainFailure(output, place)).toMatchObject({ code: 'stopped', message });
});

test('a program that fails by itself was not stopped', () => {
  const crashed = 'child process was terminated by signal 11: Segmentation fault';
  expect(explainFailure(crashed, place)).toMatchObject({ code: 'embedded-postgres-failed' });
});

test('whoever ends it while its data is made is told that, and not what is missing', async () => {
  const others = () => {};
  // Somebody else listens as well, so that this process stays.
  process.on('SIGHUP', others);
  onTestFinished(() => {
    process.off('SIGHUP', others);
  });
  const before = process.listenerCount('SIGHUP');
  const started = startEmbeddedPostgres().catch((error: unknown) => error);
  await expect.poll(() => process.listenerCount('SIGHUP'), { interval: 5 }).toBe(before + 1);
  process.emit('SIGHUP', 'SIGHUP');
  expect(await started).toMatchObject({ code: 'stopped', message: 'Stopped before there was a server.' });
});

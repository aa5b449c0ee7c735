import { expect, test } from 'vitest';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { queryOnce } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

test('a server that crashes rolls back what it was left with, and that is said', async () => {
  const server = await startEmbeddedPostgres({});
  try {
    const url = server.connectionString('postgres');
    const settings = settingsFor(url);
    const compiled = await compile({ '001_a.sql': 'create table a (x int);\nselect pg_sleep(60);' });
    const first = await up(compiled, settings, { detach: 'always', momentMs: 0 });
    const pid = first.running?.pid ?? 0;
    expect(pid).toBeGreaterThan(1);
    // The whole server recovers then.
    process.kill(pid, 'SIGKILL');
    // Until the server has seen it, the process is in its list, and the next session is cut off.
    const isBack = () =>
      queryOnce(url, `select from pg_stat_activity where pid = ${pid}`).then(
        (rows) => rows.length === 0,
        () => false,
      );
    await expect.poll(isBack, { timeout: 20_000 }).toBe(true);
    const over = await up(compiled, settings, { detach: 'when-needed', since: first.at });
    expect(over).toMatchObject({
      status: 'failed',
      failed: { version: '001_a', outcome: 'rolled-back', error: { code: 'interrupted' } },
    });
    expect(await status(compiled, settings, { history: 1 })).toMatchObject({
      status: 'pending',
      history: [{ status: 'interrupted' }],
    });
    expect(await queryOnce(url, `select to_regclass('a') as a`)).toEqual([{ a: null }]);
  } finally {
    await server.stop();
  }
}, 60_000);

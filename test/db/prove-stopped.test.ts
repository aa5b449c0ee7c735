import { expect, inject, test } from 'vitest';
import { lookAtDatabase } from '../../lib/jobs/prove.ts';
import { withStage } from '../../lib/postgres/prove/stage.ts';
import { createTestDatabase, queryOnce } from '../support/database.ts';
import { compile } from '../support/migrations.ts';
import { settingsFor } from '../support/settings.ts';

const server = inject('serverUrl');
const RUNS = 6;

test('a copy that is stopped while it is made leaves no database', { timeout: 30_000 }, async () => {
  const database = await createTestDatabase();
  try {
    // Large enough for a copy that takes a moment: the request to end it then comes when the copy is just done.
    await queryOnce(
      database.url,
      "create table wide as select i, repeat('x', 1000) s from generate_series(1, 60000) i",
    );
    const { database: settings, ledger } = settingsFor(database.url);
    const template = await lookAtDatabase(settings, await compile({ '001_a.sql': 'select 1;' }), ledger);
    const left: string[] = [];
    for (let run = 0; run < RUNS; run++) {
      const name = `${database.name}_copy_${run}`;
      const stop = new AbortController();
      const work = withStage(settings, { name, template, migrations: [] }, stop.signal, async (stage) =>
        stage.session((connection) => connection.send('SELECT 1')),
      ).catch((error: unknown) => error);
      await expect
        .poll(
          () =>
            queryOnce(
              server,
              `select 1 as at from pg_stat_activity where query like 'CREATE DATABASE "${name}"%'`,
            ),
          { interval: 5 },
        )
        .not.toEqual([]);
      stop.abort('SIGINT');
      await work;
      const rows = await queryOnce(server, `select datname from pg_database where datname = '${name}'`);
      if (rows.length > 0) left.push(name);
    }
    for (const name of left) await queryOnce(server, `drop database "${name}"`);
    expect(left).toEqual([]);
  } finally {
    await database.drop();
  }
});

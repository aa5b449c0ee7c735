/**
 * Keeps an embedded Postgres for the commands that use its folder, and stops it when nobody has been connected
 * for a while. A process of its own, started by shared-postgres.ts: `node keeper.ts FOLDER`. What it cannot do it writes
 * as JSON into keeper.log, where the command that waits for the server reads it.
 */
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { toErrorReport } from '../errors/error.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { takeFolderLock } from './folder-lock.ts';

/** Long enough for the next command of a script, short enough to leave nothing behind. */
const IDLE_MS = 2_000;
const POLL_MS = 250;

const OTHERS = `SELECT count(*)::int AS others FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

const [, , home = '.'] = process.argv;
try {
  const lock = await takeFolderLock(home);
  if (lock) {
    // Ours alone from here on: what is in it is of a keeper before us.
    await truncate(path.join(home, 'keeper.log')).catch(() => {});
    await keep();
    lock.release();
  }
} catch (error) {
  console.error(JSON.stringify(toErrorReport(error)));
  process.exitCode = 1;
}

async function keep(): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDirectory: home });
  try {
    const client = new pg.Client({ connectionString: server.connectionString('postgres') });
    client.on('error', () => {});
    await client.connect();
    let idleSince = Date.now();
    while (Date.now() - idleSince < IDLE_MS) {
      await sleep(POLL_MS);
      const { rows } = await client.query<{ others: number }>(OTHERS);
      if (rows[0]?.others) idleSince = Date.now();
    }
    await client.end();
  } finally {
    await server.stop();
  }
}

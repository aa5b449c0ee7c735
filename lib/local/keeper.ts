/**
 * Keeps an embedded Postgres for the commands that use its folder, and stops it when nobody has been connected
 * for a while. A process of its own, started by shared-postgres.ts: `node keeper.ts FOLDER`.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { renderError, toErrorReport } from '../core/errors.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** Long enough to join after looking for the server, short enough to leave nothing behind. */
const IDLE_MS = 2_000;
const POLL_MS = 250;

const OTHERS = `SELECT count(*)::int AS others FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

const [, , home = '.'] = process.argv;
const lock = path.join(home, 'keeper.pid');
if (await takeLock()) {
  try {
    await keep();
  } catch (error) {
    // Into keeper.log, where the command that waits for the server reads it.
    console.error(renderError(toErrorReport(error)));
    process.exitCode = 1;
  } finally {
    await rm(lock, { force: true });
  }
}

async function keep(): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDirectory: home });
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
  await server.stop();
}

/** Only one keeper per folder; the lock of one that died is taken over. */
async function takeLock(): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch {
      const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
      if (owner && isAlive(owner)) return false;
      await rm(lock, { force: true });
    }
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

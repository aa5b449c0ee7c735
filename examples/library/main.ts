/** Brings its database up to date before it uses it, however many of these programs start at once. */
import path from 'node:path';
import pg from 'pg';
import { explain, migrate } from 'registry-jobs';

const database = process.env.DATABASE_URL;
if (!database) throw new Error('DATABASE_URL is not set.');

try {
  const { applied } = await migrate({
    folder: path.join(import.meta.dirname, 'migrations'),
    database,
    lockTimeoutMs: 1_000,
    waitForLockMs: 30_000,
  });
  console.log(`Migrations applied: ${applied.length}`);

  const client = new pg.Client({ connectionString: database });
  client.on('error', () => {});
  await client.connect();
  await client.query('insert into visits default values');
  const { rows } = await client.query('select count(*)::integer as visits from visits');
  console.log(`Visits: ${rows[0].visits}`);
  await client.end();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

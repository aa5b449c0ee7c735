/**
 * `npm start`: shows the jobs on an embedded Postgres. With `--keep` the server stays up until Ctrl-C. With `--operators` it shows the
 * commands for operator registries instead, which need no server.
 */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecrets, present } from '../lib/cli/command.ts';
import { runDemo } from '../lib/cli/demo.ts';
import { runOperatorsDemo } from '../lib/cli/operators-demo.ts';
import { version } from '../lib/contract.ts';
import { startEmbeddedPostgres } from '../lib/local/embedded-postgres.ts';
import { processIo } from './process-io.ts';

const NEXT_STEPS = `
== Try next (an embedded Postgres starts by itself when a command needs one)
  npx registry-jobs --help
  npx registry-jobs reset --yes       a database of your own, with fixtures
  npx registry-jobs status
  npx registry-jobs new "my change"   then: npx registry-jobs up
  npm start -- --keep                 keep this server up, to look at it with psql
  npm start -- --operators            operator registries: SQLite files, without a server
`;

const nextOfOperators = (folder: string) => `
== Try next
  npx registry-jobs operators --help
  sqlite3 ${folder}/index.db 'select * from channel'
`;

const keep = process.argv.includes('--keep');
let isInterrupted = false;
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      resolve();
    });
  }
});

/** Whoever interrupts it knows why it ends: what a migration says that loses its server is then no news. */
const io = {
  ...processIo,
  out: (text: string) => {
    if (!isInterrupted) processIo.out(text);
  },
};

async function show(): Promise<void> {
  const folders = { root: path.resolve(import.meta.dirname, '..'), temporary: tmpdir() };
  if (process.argv.includes('--operators')) {
    const shown = await Promise.race([runOperatorsDemo(folders, io, version), interrupted]);
    if (shown) process.stdout.write(nextOfOperators(shown));
    return;
  }
  const server = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
  try {
    const url = await Promise.race([runDemo(server, folders, io), interrupted]);
    if (keep && url) {
      process.stdout.write(
        `\nThe server stays up until Ctrl-C:\n  psql '${url}'\n  npx registry-jobs status --database-url '${url}'\n`,
      );
      await interrupted;
      isInterrupted = false;
    } else if (url) {
      process.stdout.write(NEXT_STEPS);
    }
  } finally {
    await server.stop();
  }
}

const code = await present(processIo, createSecrets().mask, false, async () => {
  // Ctrl-C reaches the programs of Postgres as well: that they ended is then no news.
  await show().catch((error: unknown) => {
    if (!isInterrupted) throw error;
  });
  return { report: undefined, text: '', exitCode: 0 };
});
// What an interrupted demo left going must not keep the process.
if (isInterrupted) process.exit(130);
process.exitCode = code;

/** `node bench/statistics-run.ts`: reproduces the figures of docs/statistics.md. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../lib/local/embedded-postgres.ts';
import { createRegistry } from './statistics-database.ts';
import { measureHistory, measureRefresh } from './statistics-refresh.ts';
import { renderAlternatives, renderHistory, renderRefresh, renderWrites } from './statistics-report.ts';
import { measureAlternatives, measureWrites } from './statistics-writes.ts';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000,4000000' },
    changed: { type: 'string', default: '100,10000,100000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: ['refresh', 'history', 'writes', 'alternatives'] },
  },
});
const numbers = (option: string, text: string) =>
  text.split(',').map((part) => {
    if (/^[1-9]\d{0,8}$/.test(part)) return Number(part);
    throw new Error(`--${option} ${text}: give whole numbers, separated by commas.`);
  });
const rounds = numbers('rounds', values.rounds)[0] ?? 5;
const parts = new Set(values.only);
const print = (text: string) => process.stdout.write(`${text}\n`);

// Durable, unlike the other benchmark: what a COMMIT costs is part of what is measured.
const settings = { shared_buffers: '1GB', max_wal_size: '4GB' };
const server = await startEmbeddedPostgres({ settings });
const stop = () => server.stop().then(() => process.exit(130));
process.once('SIGINT', stop).once('SIGTERM', stop);
try {
  print(
    `${new Date().toISOString()}, Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model}`,
  );
  print(
    `Postgres: embedded, ${Object.entries(settings)
      .map((it) => it.join(' '))
      .join(', ')}`,
  );
  for (const [index, files] of numbers('files', values.files).entries()) {
    const registry = await createRegistry(server, `bench_${files}`, files, print);
    try {
      if (parts.has('refresh'))
        print(
          renderRefresh(files, await measureRefresh(registry, numbers('changed', values.changed), rounds)),
        );
      if (parts.has('history')) print(renderHistory(files, await measureHistory(registry, rounds)));
      if (parts.has('writes') && index === 0) print(renderWrites(await measureWrites(registry)));
      if (parts.has('alternatives') && index === 0)
        print(renderAlternatives(await measureAlternatives(registry)));
    } finally {
      await registry.drop();
    }
  }
} finally {
  await server.stop();
}
process.exit(0);

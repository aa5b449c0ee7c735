import { startEmbeddedPostgres } from '../lib/local/embedded-postgres.ts';
import { type AlternativeResult, measureAlternatives } from './statistics-alternatives.ts';
import { createRegistry } from './statistics-database.ts';
import { measureHistory, measureRefresh } from './statistics-refresh.ts';
import { renderAlternatives, renderSize, renderWrites } from './statistics-report.ts';
import type { SizeResult } from './statistics-results.ts';
import { measureWrites, type WriteResult } from './statistics-writes.ts';

export interface StatisticsResult {
  readonly sizes: readonly SizeResult[];
  /** On the smallest registry: what a row costs does not depend on how many there are. */
  readonly writes: readonly WriteResult[];
  readonly alternatives: readonly AlternativeResult[];
}

export interface StatisticsAsked {
  /** The sizes of the registries. */
  readonly files: readonly number[];
  /** How many files change between two refreshes. */
  readonly changed: readonly number[];
  /** How many events a file has; undefined as the seed has them. */
  readonly events: number | undefined;
}

/** Durable, unlike the server of the other parts: what a COMMIT costs is part of what is measured. */
const STATISTICS_SETTINGS = { shared_buffers: '1GB', max_wal_size: '4GB' };

/**
 * @param folder for files that the server is to read
 * @param print shows each part as soon as it is measured: all take a quarter of an hour and more
 */
export async function measureStatistics(
  { files, changed, events }: StatisticsAsked,
  folder: string,
  say: (progress: string) => void,
  print: (text: string) => void,
): Promise<StatisticsResult> {
  const settings = Object.entries(STATISTICS_SETTINGS).map((setting) => setting.join(' '));
  print(
    `\nStatistics: Postgres as above, but durable (fsync on), ${settings.join(', ')}; ${events ?? 1.3} events a file.`,
  );
  const server = await startEmbeddedPostgres({ settings: STATISTICS_SETTINGS });
  try {
    const sizes: SizeResult[] = [];
    let writes: WriteResult[] = [];
    let alternatives: AlternativeResult[] = [];
    for (const [index, size] of files.toSorted((a, b) => a - b).entries()) {
      const registry = await createRegistry(server, `bench_${size}`, { files: size, events }, say);
      try {
        const refresh = await measureRefresh(registry, changed, say);
        say(`${size} files: history`);
        const result = { files: size, refresh, history: await measureHistory(registry) };
        sizes.push(result);
        print(renderSize(result));
        if (index > 0) continue;
        writes = await measureWrites(registry, folder, say);
        print(renderWrites(writes));
        alternatives = await measureAlternatives(registry, say);
        print(renderAlternatives(alternatives));
      } finally {
        await registry.drop();
      }
    }
    return { sizes, writes, alternatives };
  } finally {
    await server.stop();
  }
}

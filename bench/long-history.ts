import path from 'node:path';
import { compileFolder } from '../lib/jobs/compile.ts';
import { up } from '../lib/jobs/up.ts';
import type { CompiledMigrations } from '../lib/migrations/compiled.ts';
import type { PostgresSettings } from '../lib/settings/settings.ts';
import { generateMigrations } from './generate.ts';
import { writeMigrations } from './peers/files.ts';
import { targetUrl } from './peers/peer.ts';
import { runProgram } from './peers/process.ts';
import { settingsFor } from './peers/registry-jobs.ts';
import { packagedProgram } from './program.ts';
import { type Counts, startProxy } from './proxy.ts';
import type { BenchServer } from './server.ts';
import { type Spread, spread } from './statistics.ts';

/** Ours with nothing to do on a database that has a long history. */
export interface LongHistory extends Counts {
  readonly applied: number;
  /** Reading and parsing all files, which the bundle of the Lambda has behind it. */
  readonly compileMs: number;
  readonly engineMs: Spread;
  readonly commandMs: Spread;
}

const TIMES = 5;

/**
 * The first migration is applied, so the engine itself makes the ledger; the rows of the others are then written
 * into it, with their checksums, because only the second run is of interest.
 */
export async function measureLongHistory(
  server: BenchServer,
  applied: number,
  folder: string,
): Promise<LongHistory> {
  const home = path.join(folder, 'long-history');
  await writeMigrations(home, generateMigrations(applied));
  const began = performance.now();
  const compiled = await compileFolder(home, 'migrations');
  const compileMs = performance.now() - began;
  const proxy = await startProxy(server);
  try {
    return await server.withDatabase(async (database) => {
      const { host, user, password } = server;
      const target = { host, port: proxy.port, user, password, database };
      const settings = settingsFor(target);
      await applyAsHistory(server, database, compiled, settings);
      await proxy.takeCounts();

      const engine = await repeat(async () => {
        const report = await up(compiled, settings);
        if (report.alreadyApplied !== applied || report.applied.length > 0) {
          throw new Error(
            `A run with nothing to do said ${report.status}, ${report.alreadyApplied} applied.`,
          );
        }
      });
      const all = await proxy.takeCounts();
      const program = await packagedProgram();
      const command = await repeat(async () => {
        await runProgram(process.execPath, [program, 'up', '--migrations', home], {
          DATABASE_URL: targetUrl(target),
        });
      });
      return {
        applied,
        compileMs,
        engineMs: spread(engine),
        commandMs: spread(command),
        connections: all.connections / TIMES,
        flights: all.flights / TIMES,
        connecting: all.connecting / TIMES,
      };
    });
  } finally {
    await proxy.close();
  }
}

/** Really applies the first migration, and writes the rows of the others into the ledger. */
export async function applyAsHistory(
  server: BenchServer,
  database: string,
  compiled: CompiledMigrations,
  settings: PostgresSettings,
): Promise<void> {
  const [first, ...others] = compiled.migrations;
  await up({ ...compiled, migrations: first ? [first] : [] }, settings);
  await server.query(
    database,
    `INSERT INTO schema_migrations (version, started_at, finished_at, checksum)
      SELECT version, now(), now(), checksum FROM unnest($1::text[], $2::text[]) AS t (version, checksum)`,
    [others.map(({ version }) => version), others.map(({ up: script }) => script.checksum)],
  );
  await server.query(database, 'VACUUM ANALYZE schema_migrations');
}

async function repeat(run: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times;
}

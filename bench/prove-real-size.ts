/**
 * What `prove --on` takes where a table has a real size: a database with a table of so many megabytes is made on an embedded Postgres, and
 * two files are tried on copies of it. Prints the time, the peak of memory of the process of `prove`, and what it says.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProveReport } from '../lib/reports/prove.ts';
import { packagedProgram } from './program.ts';
import type { BenchServer } from './server.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** What a run came to. Sizes in bytes, times in milliseconds. */
export interface RealSize {
  readonly table: number;
  readonly database: number;
  readonly ms: number;
  readonly peak: number;
  readonly report: ProveReport;
}

/** The first touches only what is small, the second writes the large table anew. */
const FILES = {
  '001_labels.sql': `create table if not exists labels (id int primary key, title text);
insert into labels values (1, 'a') on conflict do nothing;
alter table objects add column if not exists label int references labels;`,
  '002_size.sql': `do $$ begin
  if (select atttypid from pg_attribute where attrelid = 'objects'::regclass and attname = 'size') <> 'bigint'::regtype then
    alter table objects alter column size type bigint;
  end if;
end $$;
create index if not exists objects_by_size on objects (size);`,
};

/** A row takes some 200 bytes. */
const FILL = `CREATE TABLE objects (id bigint PRIMARY KEY, size int, body text);
  INSERT INTO objects SELECT i, i % 1000, repeat(md5(i::text), 5) FROM generate_series(1, $1) i`;

export async function measureRealSize(
  server: BenchServer,
  megabytes: number,
  say: (progress: string) => void,
): Promise<RealSize> {
  const folder = await mkdtemp(path.join(tmpdir(), 'registry-jobs-bench-'));
  try {
    await mkdir(path.join(folder, 'migrations'));
    for (const [name, sql] of Object.entries(FILES))
      await writeFile(path.join(folder, 'migrations', name), sql);
    return await server.withDatabase(async (database) => {
      say(`a table of ${megabytes} MB`);
      const rows = Math.ceil((megabytes * 2 ** 20) / 225);
      await server.query(database, FILL.replace('$1', String(rows)));
      await server.query(database, 'VACUUM ANALYZE objects');
      await server.query(database, 'CHECKPOINT');
      const [sizes] = await server.query(
        database,
        "SELECT pg_total_relation_size('objects')::text AS table, pg_database_size(current_database())::text AS database",
      );
      say('prove --on');
      const began = performance.now();
      const { stdout, peak } = await run(folder, server, database);
      return {
        table: Number(sizes?.table),
        database: Number(sizes?.database),
        ms: performance.now() - began,
        peak,
        report: JSON.parse(stdout) as ProveReport,
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a process of its own, whose memory is its own. */
async function run(folder: string, { host, port, user, password }: BenchServer, database: string) {
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=disable`;
  const program = await packagedProgram();
  const args = [path.join(ROOT, 'bench/peak.ts'), program, 'prove', '--on', url, '--yes', '--json'];
  return new Promise<{ readonly stdout: string; readonly peak: number }>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
      // It ends with 1 where something was found, too.
      if (peak !== undefined && stdout.startsWith('{')) resolve({ stdout, peak: Number(peak) });
      else reject(new Error(stderr || stdout, { cause: error }));
    });
  });
}

/**
 * Memory of a large file, and growth with what there is much of: `node bench/growth.ts`. Each row says what one more costs, compared with the
 * first row of its kind; 1.0x is linear. Exit code 1: the memory is over its goal.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { status } from '../lib/jobs/status.ts';
import { up } from '../lib/jobs/up.ts';
import { collectMigrations } from '../lib/migrations/collect.ts';
import type { CompiledMigrations } from '../lib/migrations/compiled.ts';
import { parseFileName } from '../lib/migrations/file-name.ts';
import { ensureJournalSql } from '../lib/postgres/ledger/journal.ts';
import { parseScript } from '../lib/postgres/parser/parse.ts';
import { defaultLedger } from '../lib/settings/ledger-name.ts';
import { formatDuration, formatTable } from '../lib/text/format.ts';
import { targetUrl } from './peers/peer.ts';
import { settingsFor } from './peers/registry-jobs.ts';
import { packagedProgram } from './program.ts';
import { type BenchServer, startServer } from './server.ts';

const MEGABYTES = 50;
/** Times the size of the file. */
const MEMORY_GOAL = 5;
const TIMES = 5;

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function timed(work: () => unknown, times = TIMES): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return median(took);
}

async function compileText(name: string, text: string): Promise<CompiledMigrations> {
  const script = await parseScript(name, text);
  const meaning = parseFileName(name);
  if (!meaning) throw new Error(`${name} is no migration's name.`);
  return { formatVersion: 0, folder: '.', migrations: collectMigrations([{ name: meaning, script }]) };
}

/** What the whole command takes to apply a file of COPY data: reading, parsing, hashing and sending it. */
async function copyMemory(server: BenchServer): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'registry-jobs-growth-'));
  try {
    const file = path.join(folder, '001_copy.sql');
    const stream = createWriteStream(file);
    stream.write('create table t (a int, b text);\ncopy t from stdin;\n');
    const row = `1\t${'x'.repeat(97)}\n`;
    stream.write(row.repeat(Math.ceil((MEGABYTES * 1e6) / row.length)));
    stream.end('\\.\n');
    await finished(stream);
    const { size } = await stat(file);
    const peak = await server.withDatabase(async (database) => {
      const { host, port, user, password } = server;
      const program = await packagedProgram();
      const args = [path.join(import.meta.dirname, 'peak.ts'), program, 'up', '--migrations', folder];
      const env = { ...process.env, DATABASE_URL: targetUrl({ host, port, user, password, database }) };
      const { stderr } = await promisify(execFile)(process.execPath, args, { env });
      return Number(/peak (\d+)/.exec(stderr)?.[1]);
    });
    if (peak / size > MEMORY_GOAL) process.exitCode = 1;
    const times = `${(peak / size).toFixed(1)}x the file`;
    return [
      `up of ${MEGABYTES} MB of COPY data`,
      `${Math.round(peak / 1e6)} MB at most`,
      times,
      `goal ${MEMORY_GOAL}x`,
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures one kind for growing numbers of things. */
async function grow(
  what: string,
  numbers: readonly number[],
  measure: (number: number) => Promise<number>,
): Promise<string[][]> {
  const rows: string[][] = [];
  let first: number | undefined;
  for (const number of numbers) {
    const ms = await measure(number);
    const each = ms / number;
    first ??= each;
    rows.push([
      `${number} ${what}`,
      formatDuration(ms),
      `${(each * 1_000).toFixed(0)} µs each`,
      `${(each / first).toFixed(2)}x`,
    ]);
  }
  return rows;
}

const copyBlocks = (number: number) => {
  const text = 'copy t from stdin;\n1\n2\n3\n\\.\n'.repeat(number);
  return timed(() => parseScript('f.sql', text));
};

const journalRows = (server: BenchServer) => (number: number) =>
  server.withDatabase(async (database) => {
    const { host, port, user, password } = server;
    const settings = settingsFor({ host, port, user, password, database });
    const compiled = await compileText('001_a.sql', 'select 1;');
    await up(compiled, settings);
    await server.query(database, ensureJournalSql(defaultLedger, []).join(';'));
    await server.query(
      database,
      `INSERT INTO schema_migrations_journal (id, run_id, version, file, checksum, direction, transaction, status, statements, done, who, tool_version)
        SELECT gen_random_uuid(), gen_random_uuid(), 'v' || n % 100, 'f', '', 'up', false, 'applied', 1, 1, '', '' FROM generate_series(1, $1) n`,
      [number],
    );
    return timed(() => status(compiled, settings));
  });

const statements = (server: BenchServer) => (number: number) =>
  server.withDatabase(async (database) => {
    const { host, port, user, password } = server;
    const settings = settingsFor({ host, port, user, password, database });
    const text = `-- registry-jobs: transaction off\n${'insert into t values (1);\n'.repeat(number)}`;
    await server.query(database, 'CREATE TABLE t (x int)');
    const compiled = await compileText('001_a.sql', text);
    return timed(() => up(compiled, settings), 1);
  });

const server = await startServer();
try {
  const table = [
    await copyMemory(server),
    ...(await grow('COPY blocks, parsed', [400, 800, 1_600], copyBlocks)),
    ...(await grow('rows in the journal, status', [1_000, 2_000, 4_000, 8_000], journalRows(server))),
    ...(await grow('statements without a transaction, up', [1_000, 2_000, 4_000, 8_000], statements(server))),
  ];
  console.log(formatTable(table, new Set([1, 2, 3])));
} finally {
  await server.stop();
}

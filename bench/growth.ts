/**
 * Memory of a large file, and growth with what there is much of: `node bench/growth.ts`. Each row says what one more costs, compared with the
 * first row of its kind; 1.0x is linear. Exit code 1: the memory is over its goal.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
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

async function timed(work: () => unknown, times = TIMES): Promise<Measured> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return { ms: median(took) };
}

async function compileText(name: string, text: string): Promise<CompiledMigrations> {
  const script = await parseScript(name, text);
  const meaning = parseFileName(name);
  if (!meaning) throw new Error(`${name} is no migration's name.`);
  return { formatVersion: 0, folder: '.', migrations: collectMigrations([{ name: meaning, script }]) };
}

interface Measured {
  readonly ms: number;
  /** Of memory, in bytes. */
  readonly peak?: number;
  /** Of the file, in bytes. */
  readonly size?: number;
}

/** What the whole command takes to apply a file: starting, reading, parsing, hashing and sending it. */
const commandOn = (server: BenchServer, pieces: (number: number) => Iterable<string>) => (number: number) =>
  server.withDatabase(async (database): Promise<Measured> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'registry-jobs-growth-'));
    try {
      const file = path.join(folder, '001_a.sql');
      await pipeline(pieces(number), createWriteStream(file));
      const { host, port, user, password } = server;
      const args = [
        path.join(import.meta.dirname, 'peak.ts'),
        await packagedProgram(),
        'up',
        '--migrations',
        folder,
      ];
      const env = { ...process.env, DATABASE_URL: targetUrl({ host, port, user, password, database }) };
      const began = performance.now();
      const { stderr } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: Infinity });
      const ms = performance.now() - began;
      const [, peak] = /peak (\d+)/.exec(stderr) ?? [];
      if (peak === undefined)
        throw new Error(`It did not say how much memory it took: ${stderr.slice(-500)}`);
      return { ms, peak: Number(peak), size: (await stat(file)).size };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

function* copyData(megabytes: number) {
  const row = `1\t${'x'.repeat(97)}\n`;
  yield 'create table t (a int, b text);\ncopy t from stdin;\n';
  for (let bytes = 0; bytes < megabytes * 1e6; bytes += row.length) yield row;
  yield '\\.\n';
}

function* inserts(number: number) {
  yield 'create table t (x int);\n';
  for (let at = 1; at < number; at++) yield `insert into t values (${at});\n`;
}

const notices = (number: number) => [
  `do $$ begin for n in 1 .. ${number} loop raise notice 'row %', n; end loop; end $$;\n`,
];

/** Measures one kind for growing numbers of things. */
async function grow(
  what: string,
  numbers: readonly number[],
  measure: (number: number) => Promise<Measured>,
): Promise<string[][]> {
  const rows: string[][] = [];
  let first: number | undefined;
  for (const number of numbers) {
    const { ms, peak, size } = await measure(number);
    const each = ms / number;
    first ??= each;
    const times = peak !== undefined && size !== undefined && size > 1e6 ? peak / size : undefined;
    if (number === MEGABYTES && times !== undefined && times > MEMORY_GOAL) process.exitCode = 1;
    rows.push([
      `${number} ${what}`,
      formatDuration(ms),
      `${(each * 1_000).toFixed(0)} µs each`,
      `${(each / first).toFixed(2)}x`,
      ...(peak === undefined ? [] : [`${Math.round(peak / 1e6)} MB`]),
      ...(times === undefined ? [] : [`${times.toFixed(1)}x the file`]),
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
    ...(await grow('MB of COPY data', [12.5, 25, MEGABYTES], commandOn(server, copyData))),
    ...(await grow('statements in one transaction', [2_500, 5_000, 10_000], commandOn(server, inserts))),
    ...(await grow('notices', [25_000, 50_000, 100_000], commandOn(server, notices))),
    ...(await grow('COPY blocks, parsed', [400, 800, 1_600], copyBlocks)),
    ...(await grow('rows in the journal, status', [1_000, 2_000, 4_000, 8_000], journalRows(server))),
    ...(await grow('statements without a transaction, up', [1_000, 2_000, 4_000, 8_000], statements(server))),
  ];
  console.log(formatTable(table, new Set([1, 2, 3, 4, 5])));
} finally {
  await server.stop();
}

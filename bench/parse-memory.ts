/**
 * How much memory reading a migration takes: a file with inline COPY data is read, decoded, parsed and hashed in a process
 * of its own. Prints the peak of that process, and its ratio to the file.
 *
 *   node bench/parse-memory.ts [megabytes]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';

const MB = 1024 * 1024;

const ROOT = path.resolve(import.meta.dirname, '..');

// What getrusage calls the peak is that of the process which started it, where that was larger. The kernel's own mark begins anew with the program.
const READ = `
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { decodeSql } from './lib/migrations/script/decode.ts';
import { parseScript } from './lib/postgres/parser/parse.ts';
const start = performance.now();
const script = await parseScript('f.sql', decodeSql(await readFile(process.argv[2]), 'f.sql'));
const { statements: { length: statements } } = script;
const ms = performance.now() - start;
const mark = () => Number(/^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const peak = 1024 * (process.platform === 'linux' ? mark() : process.resourceUsage().maxRSS);
console.log(JSON.stringify({ statements, ms, peak }));
`;

/**
 * What a process that reads a text came to: its peak of resident memory in bytes, and its time in milliseconds. It runs
 * compiled code, as the package does: what Node needs to strip types (40 MB) is no part of it.
 */
export function measureReading(text: string): {
  statements: number;
  ms: number;
  peak: number;
  bytes: number;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'registry-jobs-bench-'));
  try {
    const [file, code] = [path.join(folder, '1_a.sql'), path.join(folder, 'read.mjs')];
    const bytes = Buffer.from(text);
    writeFileSync(file, bytes);
    const stdin = { contents: READ, resolveDir: ROOT };
    buildSync({ stdin, outfile: code, bundle: true, format: 'esm', platform: 'node' });
    const env = { ...process.env, NODE_PATH: path.join(ROOT, 'node_modules') };
    const out = execFileSync(process.execPath, [code, file], { encoding: 'utf8', env });
    return { ...JSON.parse(out), bytes: bytes.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file of one COPY with about as many bytes of data. */
export function copyOf(bytes: number, row: string): string {
  const rows = row.repeat(Math.floor(bytes / Buffer.byteLength(row)));
  return `create table t (a int, b text);\ncopy t from stdin;\n${rows}\\.\nselect 1;\n`;
}

if (import.meta.main) {
  const megabytes = Number(process.argv[2] ?? 50);
  for (const [what, row] of [
    ['ASCII', '1\tselect from stdin; it is -- a row\n'],
    ['with characters of all kinds', '1\té😀 → a row of data, it is -- long\n'],
  ] as const) {
    const { ms, peak, bytes } = measureReading(copyOf(megabytes * MB, row));
    const ratio = (peak / bytes).toFixed(1);
    console.log(
      `${megabytes} MB of COPY data, ${what}: peak ${Math.round(peak / MB)} MB, ${ratio} times the file, ${Math.round(ms)} ms`,
    );
  }
}

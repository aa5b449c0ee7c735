/**
 * How fast, and in how much memory, `registry-jobs operators create` makes a registry: of a tree of generated manifests like those that are
 * published, beside the time that reading the same files with js-yaml alone takes. Each runs in a process of its own, in turns; the figures
 * are medians.
 *
 *   node bench/operators.ts [bundles [rounds]]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { count, formatDuration, formatTable } from '../lib/text/format.ts';
import { writeTree } from './operator-trees.ts';
import { packagedProgram } from './program.ts';
import { median } from './statistics.ts';

const MB = 1024 * 1024;
const root = path.resolve(import.meta.dirname, '..');
const bundles = Number(process.argv[2] ?? 1000);
const packaged = await packagedProgram();
const rounds = Number(process.argv[3] ?? 3);

const programs = {
  'registry-jobs operators create': (tree: string, database: string) => [
    packaged,
    ...['operators', 'create', tree, '--database', database, '--replace'],
  ],
  'js-yaml alone, nothing kept': (tree: string) => [path.join(root, 'bench/operators-baseline.ts'), tree],
};

interface Measured {
  readonly ms: number;
  readonly peak: number;
}

function measure(args: readonly string[]): Measured {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'bench/peak.ts'), ...args], {
    encoding: 'utf8',
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(stderr);
  return { ms, peak: Number(/peak (\d+)/.exec(stderr)?.[1]) };
}

const folder = mkdtempSync(path.join(tmpdir(), 'registry-jobs-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
console.log(
  `Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model}, median of ${count(rounds, 'round')}.`,
);
for (const bytesEach of [20_000, 100_000]) {
  const tree = path.join(folder, String(bytesEach));
  const database = path.join(folder, 'index.db');
  const { files, bytes } = writeTree(tree, { bundles, bytesEach });
  const measured = Object.entries(programs).map(([name, argsOf]) => ({
    name,
    args: argsOf(tree, database),
    runs: [] as Measured[],
  }));
  for (let round = 0; round < rounds; round++)
    for (const { args, runs } of measured) runs.push(measure(args));
  console.log(
    `\n${count(bundles, 'bundle')} in ${count(files, 'file')}, ${(bytes / MB).toFixed(1)} MB; the database ${(statSync(database).size / MB).toFixed(1)} MB`,
  );
  console.log(
    formatTable([
      ['', 'time', 'files/s', 'MB/s', 'peak'],
      ...measured.map(({ name, runs }) => {
        const ms = median(runs.map((run) => run.ms));
        const peak = median(runs.map((run) => run.peak));
        const rate = 1000 / ms;
        return [
          name,
          formatDuration(ms),
          String(Math.round(files * rate)),
          ((bytes / MB) * rate).toFixed(1),
          `${Math.round(peak / MB)} MB`,
        ];
      }),
    ]),
  );
}

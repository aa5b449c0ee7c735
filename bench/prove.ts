import path from 'node:path';
import type { ProveReport } from '../lib/reports/prove.ts';
import { runWithPeak } from './peers/process.ts';
import { packagedProgram } from './program.ts';
import { generatePairs, generatePlain, write } from './prove-files.ts';
import { type Comparison, compareShapes } from './prove-peers.ts';
import type { BenchServer } from './server.ts';

/** What proving one set of files took: the whole command, which starts a Postgres and throws it away. */
export interface ProvedSet {
  readonly name: string;
  readonly statements: number;
  readonly trials: number;
  readonly copies: number;
  readonly milliseconds: number;
  /** Of the command; the server has its own. */
  readonly peakBytes: number;
}

export interface ProveBench {
  readonly sets: readonly ProvedSet[];
  readonly comparison: Comparison;
}

export interface ProveBenchOptions {
  /** How many statements the generated sets have, in ascending order. */
  readonly statements: readonly number[];
  readonly pairs: number;
  readonly folder: string;
  readonly say: (progress: string) => void;
}

/** Name of the set of the registry's own files. */
export const OWN = 'the files of migrations/';

/** Its goal is a time, and one run is no measure of that. */
const OWN_ROUNDS = 5;

function medianOf(runs: readonly ProvedSet[]): ProvedSet {
  const middle = runs.toSorted((a, b) => a.milliseconds - b.milliseconds)[Math.floor(runs.length / 2)];
  if (!middle) throw new RangeError('nothing was run');
  return middle;
}

/** Proves the registry's own files, sets of growing size, and pairs; then the shapes that harm, beside what others say of them. */
export async function measureProve(server: BenchServer, options: ProveBenchOptions): Promise<ProveBench> {
  const { statements, pairs, folder, say } = options;
  const root = path.resolve(import.meta.dirname, '..');
  const sets: ProvedSet[] = [];
  const runs: ProvedSet[] = [];
  for (let round = 1; round <= OWN_ROUNDS; round++) {
    say(`proving ${OWN}, round ${round} of ${OWN_ROUNDS}`);
    runs.push(await proveFolder(OWN, path.join(root, 'migrations')));
  }
  sets.push(medianOf(runs));
  for (const count of statements) {
    say(`proving ${count} statements`);
    const home = await write(path.join(folder, `prove-${count}`), generatePlain(count));
    sets.push(await proveFolder(`${count} statements in ${count / 10} files`, home));
  }
  say(`proving ${pairs} pairs`);
  const home = await write(path.join(folder, 'prove-pairs'), generatePairs(pairs));
  sets.push(await proveFolder(`${pairs} pairs`, home));
  return { sets, comparison: await compareShapes(server, path.join(folder, 'prove-peers'), say) };
}

/** @throws Error where something was found: the sets are made so that nothing is */
async function proveFolder(name: string, folder: string): Promise<ProvedSet> {
  const program = await packagedProgram();
  const began = performance.now();
  const { stdout, peakBytes } = await runWithPeak(program, ['prove', '--migrations', folder, '--json']);
  const milliseconds = performance.now() - began;
  const { status, files, trials, copies } = JSON.parse(stdout) as ProveReport;
  if (status !== 'proved') throw new Error(`Of ${name} prove said ${status}.`);
  const statements = files.reduce((sum, file) => sum + file.statements, 0);
  return { name, statements, trials, copies, milliseconds, peakBytes };
}

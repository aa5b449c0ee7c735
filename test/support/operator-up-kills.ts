import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { writeTree } from '../../bench/operator-trees.ts';
import { contentOf, rollBack } from './operator-content.ts';
import { rowsIn } from './operator-trees.ts';
import { runKilled } from './run-killed.ts';

const pairs = path.resolve(import.meta.dirname, '../../lib/operators/migrations');
/** The newest version of the schema. */
const LAST = 13;

/** Where the files were that a run of `up` was killed on, by their version. */
export interface KilledUps {
  /** At the version that they had. */
  readonly old: number;
  /** At one between. */
  readonly between: number;
  /** At the newest. */
  readonly newest: number;
  /** How many runs had come to their end by themselves. */
  readonly ended: number;
}

/**
 * Migrates the SQLite file of a registry with `up`, one pair a transaction, again and again, kills each run after another time, and compares
 * all rows of the file with those that an undisturbed run has at the version that the file says it has.
 *
 * @param folder an empty one
 * @throws Error as soon as a file is at no version, or at one with other rows, or cannot be brought to the newest
 */
export async function killUps(
  folder: string,
  rounds: number,
  { bundles = 60, first = 1, say = (_: string) => {} } = {},
): Promise<KilledUps> {
  writeTree(path.join(folder, 'manifests'), { bundles, bytesEach: 20_000 });
  const [base, file] = [path.join(folder, 'base.db'), path.join(folder, 'index.db')];
  await runKilled(folder, ['operators', 'create', 'manifests', '--database', base]);
  await runKilled(folder, ['operators', 'migrate', base, '--to', String(first)]);
  const up = ['up', '--migrations', pairs, '--database-url', `sqlite:${file}`];
  const expected = await statesOf(folder, base, file, { up, first });
  copyFileSync(base, file);
  const start = performance.now();
  await runKilled(folder, up);
  const wholeMs = performance.now() - start;
  let [old, between, newest, ended] = [0, 0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    copyFileSync(base, file);
    // Evenly over the run, and somewhat beyond its end.
    if (await runKilled(folder, up, ((round + 0.5) / rounds) * wholeMs * 1.2)) ended++;
    rollBack(file);
    const version = versionOf(file);
    if (contentOf(file) !== expected.get(version)) throw new Error(`round ${round}: half of ${version}`);
    if (version === first) old++;
    else if (version === LAST) newest++;
    else between++;
    if (round % 10 === 0) {
      await runKilled(folder, up);
      if (contentOf(file) !== expected.get(LAST)) throw new Error(`round ${round}: it does not go on`);
    }
    say(`killed ${round + 1} of ${rounds}`);
  }
  return { old, between, newest, ended };
}

/** What an undisturbed run comes to, step by step. */
async function statesOf(
  folder: string,
  base: string,
  file: string,
  { up, first }: { up: readonly string[]; first: number },
) {
  copyFileSync(base, file);
  const states = new Map([[first, contentOf(file)]]);
  for (let version = first + 1; version <= LAST; version++) {
    await runKilled(folder, [...up, '--steps', '1']);
    states.set(versionOf(file), contentOf(file));
  }
  if (states.size !== LAST - first + 1) throw new Error(`There are ${states.size} states.`);
  return states;
}

function versionOf(file: string): number {
  const [[version] = []] = rowsIn(file, 'SELECT version FROM schema_migrations');
  return Number(version);
}

import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeTree } from '../../bench/operator-trees.ts';
import { rowsIn } from './operator-trees.ts';
import { runKilled } from './run-killed.ts';

/** What became of runs that were killed at any moment. */
export interface Killed {
  /** The file was as before: the old one, or none. */
  readonly old: number;
  /** The file was the new one, whole. */
  readonly whole: number;
  /** How many of those had come to their end by themselves. */
  readonly ended: number;
  /** How many left a part of theirs, which the last run removed. */
  readonly parts: number;
}

/**
 * Starts `operators create` again and again, kills each after another time, and looks what is there: with no file before, and with one that
 * is to be replaced.
 *
 * @param folder an empty one
 * @throws Error as soon as a file is neither the old one nor the new one
 */
export async function killCreates(
  folder: string,
  rounds: number,
  { bundles = 60, say = (_: string) => {} } = {},
): Promise<Killed> {
  writeTree(path.join(folder, 'old'), { bundles: 1, bytesEach: 2_000 });
  writeTree(path.join(folder, 'new'), { bundles, bytesEach: 20_000 });
  const [saved, file] = [path.join(folder, 'old.db'), path.join(folder, 'index.db')];
  await run(folder, ['old', '--database', saved]);
  const start = performance.now();
  await run(folder, ['new', '--database', path.join(folder, 'first.db')]);
  const wholeMs = performance.now() - start;
  let [old, whole, ended, parts] = [0, 0, 0, 0];
  const before = readFileSync(saved);
  for (let round = 0; round < rounds; round++) {
    const isThere = round % 2 === 0;
    const own = path.join(folder, `${round}`);
    const target = isThere ? file : path.join(folder, `none-${round}.db`);
    if (isThere) copyFileSync(saved, file);
    // Evenly over the run, and somewhat beyond its end.
    const afterMs = ((round + 0.5) / rounds) * wholeMs * 1.5;
    if (await run(folder, ['new', '--replace', '--database', target], afterMs)) ended++;
    const isNew = existsSync(target) && !(isThere && readFileSync(target).equals(before));
    if (isNew) {
      assertWhole(target, bundles, own);
      whole++;
    } else if (isThere && !existsSync(target)) throw new Error(`round ${round}: the old file is gone`);
    else old++;
    if (partsIn(folder).length > 0) parts++;
    say(`killed ${round + 1} of ${rounds}`);
  }
  // The next run for the same file removes them.
  for (const part of partsIn(folder)) {
    const [, name = ''] = /^\.(.+)\.[0-9a-f]{8}\.part/.exec(part) ?? [];
    await run(folder, ['old', '--replace', '--database', path.join(folder, name)]);
  }
  const left = partsIn(folder);
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  return { old, whole, ended, parts };
}

function partsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /\.part/.test(name));
}

function assertWhole(file: string, bundles: number, round: string): void {
  const integrity = rowsIn(file, 'PRAGMA integrity_check').flat();
  const counts = rowsIn(
    file,
    'SELECT (SELECT count(*) FROM operatorbundle), (SELECT count(*) FROM channel_entry), (SELECT version FROM schema_migrations)',
  ).flat();
  if (JSON.stringify([integrity, counts]) !== JSON.stringify([['ok'], [bundles, bundles, 13]])) {
    throw new Error(`${round}: half a file: ${JSON.stringify([integrity, counts])}`);
  }
}

/** @returns whether it came to its end */
function run(folder: string, args: readonly string[], afterMs?: number): Promise<boolean> {
  return runKilled(folder, ['operators', 'create', ...args], afterMs);
}

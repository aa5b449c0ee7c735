import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeTree } from '../../bench/operator-trees.ts';
import { createOperators } from '../../lib/operators/create.ts';
import { bundlesOf } from './operator-bundles.ts';
import { contentOf, rollBack } from './operator-content.ts';
import { runKilled } from './run-killed.ts';

/** The commands that are killed here. */
export const CHANGES = ['add', 'rm', 'deprecate', 'repair', 'export', 'export to a file'] as const;
export type Change = (typeof CHANGES)[number];

/** What was there after runs that were killed. */
export interface KilledChanges {
  /** All as it was before. */
  readonly old: number;
  /** All as an undisturbed run leaves it. */
  readonly whole: number;
  /** How many runs had come to their end by themselves. */
  readonly ended: number;
  /** How many left something of theirs beside the file, which the next run removed. */
  readonly parts: number;
}

/**
 * Runs a command that changes a registry again and again, kills each run after another time, and compares all rows of the file, or all that
 * was exported, with what was there before and with what an undisturbed run leaves.
 *
 * @param folder an empty one
 * @throws Error as soon as there is something else, or something is left after the next run
 */
export async function killChanges(
  folder: string,
  change: Change,
  rounds: number,
  { bundles = 60, say = (_: string) => {} } = {},
): Promise<KilledChanges> {
  const [base, file] = [path.join(folder, 'base.db'), path.join(folder, 'index.db')];
  writeTree(path.join(folder, 'manifests'), { bundles, bytesEach: 20_000 });
  await createOperators(path.join(folder, 'manifests'), base);
  if (change === 'repair') damage(base);
  const args = commandOf(change, bundles);
  const output = args.includes('--output') ? path.join(folder, args.at(-1) ?? '') : undefined;
  const look = () => (output === undefined ? contentOf(file) : exportedIn(output));
  const begin = () => {
    copyFileSync(base, file);
    if (output !== undefined) rmSync(output, { recursive: true, force: true });
  };
  begin();
  const before = look();
  const start = performance.now();
  await runKilled(folder, args);
  const wholeMs = performance.now() - start;
  const after = look();
  if (before === after) throw new Error(`${change} changes nothing`);
  const known = readdirSync(folder).sort().join();
  let [old, whole, ended, parts] = [0, 0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    begin();
    // Evenly over the run and somewhat beyond its end; before a third of it Node has not come to the command.
    if (await runKilled(folder, args, (1 / 3 + ((round + 0.5) / rounds) * 0.8) * wholeMs)) ended++;
    if (readdirSync(folder).some((name) => /\.part|-journal$/.test(name))) parts++;
    if (output === undefined) rollBack(file);
    const found = look();
    if (found === after) whole++;
    else if (found === before) old++;
    else throw new Error(`${change}, round ${round}: neither what was there nor what it makes`);
    if (round % 10 === 0 || round === rounds - 1) {
      begin();
      await runKilled(folder, args);
      if (look() !== after)
        throw new Error(`${change}, round ${round}: it does not come to its end afterwards`);
      const left = readdirSync(folder).sort().join();
      if (left !== known) throw new Error(`${change}, round ${round}: left behind: ${left}`);
    }
    say(`${change}: killed ${round + 1} of ${rounds}`);
  }
  return { old, whole, ended, parts };
}

function commandOf(change: Change, bundles: number): string[] {
  const packages = Array.from({ length: Math.ceil(bundles / 10) }, (_, number) => `operator${number}`);
  const named = (version: number) => packages.map((name) => `${name}.v1.${version}.0`);
  switch (change) {
    case 'add': {
      const names = Array.from({ length: Math.ceil(bundles / 5) }, (_, number) => `new${number}`);
      const text = (name: string) => ({ channels: 'stable', package: name, version: '1.0.0' });
      const root = bundlesOf(Object.fromEntries(names.map((name) => [name, text(name)])));
      const folders = names.map((name) => path.join(root, name));
      const images = folders.flatMap((one) => ['--image', `${one}=quay.io/me/${path.basename(one)}:v1`]);
      return ['operators', 'add', 'index.db', ...folders, ...images, '--yes'];
    }
    case 'rm':
      return ['operators', 'rm', 'index.db', ...packages.slice(0, Math.ceil(packages.length / 2)), '--yes'];
    case 'deprecate':
      return ['operators', 'deprecate', 'index.db', ...named(3), '--yes'];
    case 'repair':
      return ['operators', 'repair', 'index.db', '--yes'];
    case 'export':
      return ['operators', 'export', 'index.db', '--output', 'catalog'];
    case 'export to a file':
      return ['operators', 'export', 'index.db', '--output', 'catalog.yaml'];
  }
}

/** As loaders and migrations of old have left files. */
function damage(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(
    'UPDATE operatorbundle SET version = NULL, skiprange = NULL; DELETE FROM properties; DELETE FROM api_provider; DELETE FROM related_image;',
  );
  database.close();
}

/** All files of a catalog with their texts. */
function exportedIn(output: string): string {
  if (!existsSync(output)) return '';
  if (!/\.\w+$/.test(output))
    return readdirSync(output)
      .sort()
      .map((name) => `${name}\n${readFileSync(path.join(output, name, 'catalog.json'), 'utf8')}`)
      .join();
  return readFileSync(output, 'utf8');
}

import { type ErrorReport, RegistryJobsError } from '../errors/error.ts';
import { collectProblems } from '../errors/problems.ts';
import { shellWord } from '../text/format.ts';
import { type FileName, parseFileName } from './file-name.ts';
import type { Migration } from './migration.ts';
import type { Script } from './script/statement.ts';
import { findWaysBack } from './ways-back.ts';

/** Pairs a name with its meaning, and leaves out what is not a migration. All bad names are reported at once. */
export function readFileNames(names: readonly string[], folder = ''): Map<string, FileName> {
  const found = new Map<string, FileName>();
  const waysBack = findWaysBack(names, folder);
  collectProblems(names, (name) => {
    const problem = waysBack.get(name);
    if (problem) throw problem;
    const meaning = parseFileName(name, folder);
    if (meaning) found.set(name, meaning);
  });
  return found;
}

/** A file after parsing. */
export interface NamedScript {
  readonly name: FileName;
  readonly script: Script;
}

/** A down file that cannot be run. */
export interface BrokenDown {
  readonly name: FileName;
  readonly file: string;
  readonly problem: ErrorReport;
}

type Down = NamedScript | BrokenDown;

/**
 * Orders scripts and joins up with down: the initial schema, the numbered ones, the repeatable ones. Pure.
 *
 * @throws RegistryJobsError `duplicate-version` naming both files, or `down-without-up`.
 */
export function collectMigrations(
  scripts: readonly NamedScript[],
  broken: readonly BrokenDown[] = [],
): Migration[] {
  const forward = new Map<bigint, NamedScript>();
  const backward = new Map<bigint, Down>();
  const add = <Entry extends Down>(side: Map<bigint, Entry>, entry: Entry) => {
    const { number } = entry.name;
    if (number === undefined) return;
    const twin = side.get(number);
    if (twin) throw duplicate(fileOf(twin), fileOf(entry), number);
    side.set(number, entry);
  };
  for (const entry of scripts) {
    if (entry.name.style === 'down') add(backward, entry);
    else add(forward, entry);
  }
  for (const entry of broken) add(backward, entry);
  for (const [number, down] of backward) assertHasUp(number, down, forward.get(number));
  const numbered = [...forward.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([number, { name, script }]): Migration => {
      const style = name.style === 'plain' ? 'plain' : 'versioned';
      const { version, title } = name;
      return {
        version,
        number: number.toString(),
        title,
        style,
        up: script,
        ...wayBack(backward.get(number)),
      };
    });
  const others = (style: 'initial' | 'repeatable') =>
    scripts
      .filter(({ name }) => name.style === style)
      .map(({ name: { version, title }, script }): Migration => ({ version, title, style, up: script }));
  return [...others('initial'), ...numbered, ...others('repeatable')];
}

function wayBack(down: Down | undefined): Pick<Migration, 'down' | 'downProblem'> {
  if (!down) return {};
  return 'script' in down ? { down: down.script } : { downProblem: down.problem };
}

function fileOf(entry: Down): string {
  return 'script' in entry ? entry.script.file : entry.file;
}

function duplicate(one: string, other: string, number: bigint): RegistryJobsError {
  return new RegistryJobsError('duplicate-version', `${one} and ${other} have the same version, ${number}.`, {
    hint: 'Give one of them the next free number.',
  });
}

function assertHasUp(number: bigint, down: Down, up: NamedScript | undefined): void {
  if (up?.name.style === 'up') return;
  throw new RegistryJobsError(
    'down-without-up',
    up
      ? `${up.script.file} is a plain file, so ${fileOf(down)} of the same version has nothing to undo.`
      : `${fileOf(down)} has no up file.`,
    {
      hint: up ? asPair(up.script.file) : `Add ${number}_${down.name.title}.up.sql, or remove the down file.`,
    },
  );
}

function asPair(file: string): string {
  return `Make it the other half of the pair: mv ${shellWord(file)} ${shellWord(file.replace(/\.sql$/, '.up.sql'))}`;
}

import { RegistryJobsError, renderError, toErrorReport } from '../errors/error.ts';
import { type FileName, parseFileName } from './file-name.ts';
import type { Migration } from './migration.ts';
import type { Script } from './script/statement.ts';

/** Pairs a name with its meaning, and leaves out what is not a migration. All bad names are reported at once. */
export function readFileNames(names: readonly string[]): Map<string, FileName> {
  const found = new Map<string, FileName>();
  collectProblems(names, (name) => {
    const meaning = parseFileName(name);
    if (meaning) found.set(name, meaning);
  });
  return found;
}

interface NamedScript {
  readonly name: FileName;
  readonly script: Script;
}

/**
 * Orders scripts and joins up with down: the initial schema, the numbered ones, the repeatable ones. Pure.
 *
 * @throws RegistryJobsError `duplicate-version` naming both files, or `down-without-up`.
 */
export function collectMigrations(scripts: readonly NamedScript[]): Migration[] {
  const forward = new Map<bigint, NamedScript>();
  const backward = new Map<bigint, NamedScript>();
  for (const entry of scripts) {
    const { number, style } = entry.name;
    if (number === undefined) continue;
    const side = style === 'down' ? backward : forward;
    const twin = side.get(number);
    if (twin) throw duplicate(twin, entry);
    side.set(number, entry);
  }
  for (const [number, down] of backward) assertHasUp(number, down, forward.get(number));
  const numbered = [...forward.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([number, { name, script }]): Migration => {
      const down = backward.get(number)?.script;
      const style = name.style === 'plain' ? 'plain' : 'versioned';
      const { version, title } = name;
      return { version, number: number.toString(), title, style, up: script, ...(down && { down }) };
    });
  const others = (style: 'initial' | 'repeatable') =>
    scripts
      .filter(({ name }) => name.style === style)
      .map(({ name: { version, title }, script }): Migration => ({ version, title, style, up: script }));
  return [...others('initial'), ...numbered, ...others('repeatable')];
}

function duplicate(one: NamedScript, other: NamedScript): RegistryJobsError {
  return new RegistryJobsError(
    'duplicate-version',
    `${one.script.file} and ${other.script.file} have the same version, ${other.name.number}.`,
    { hint: 'Give one of them the next free number.' },
  );
}

function assertHasUp(number: bigint, down: NamedScript, up: NamedScript | undefined): void {
  if (up?.name.style === 'up') return;
  throw new RegistryJobsError(
    'down-without-up',
    up
      ? `${up.script.file} is a plain file, so ${down.script.file} of the same version has nothing to undo.`
      : `${down.script.file} has no up file.`,
    { hint: `Add ${number}_${down.name.title}.up.sql, or remove the down file.` },
  );
}

/** Runs `check` on every item; one problem is thrown as it is, several as one error that lists them. */
export function collectProblems<Item>(items: Iterable<Item>, check: (item: Item) => void): void {
  const problems: RegistryJobsError[] = [];
  for (const item of items) {
    try {
      check(item);
    } catch (error) {
      if (!(error instanceof RegistryJobsError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(problems);
}

/** Throws what was collected, if anything was. */
export function throwProblems(problems: readonly RegistryJobsError[]): void {
  const [first, ...others] = problems;
  if (!first) return;
  if (others.length === 0) throw first;
  throw new RegistryJobsError('invalid-migrations', `${problems.length} problems in the migrations:`, {
    detail: problems
      .map((problem) => `- ${renderError(toErrorReport(problem)).replaceAll('\n', '\n  ')}`)
      .join('\n'),
    hint: 'Correct them all; nothing was run.',
  });
}

import { RegistryJobsError, renderError, toErrorReport } from '../errors.ts';
import type { Script } from '../sql/statement.ts';
import { type FileName, parseFileName } from './file-name.ts';
import type { Migration } from './migration.ts';

/** Pairs a name with its meaning, and leaves out what is not a migration. All bad names are reported at once. */
export function readFileNames(names: readonly string[]): Map<string, FileName> {
  const found = new Map<string, FileName>();
  collectProblems(names, (name) => {
    const meaning = parseFileName(name);
    if (meaning) found.set(name, meaning);
  });
  return found;
}

/**
 * Orders scripts by number and joins up with down. Pure.
 *
 * @throws RegistryJobsError `duplicate-version` naming both files, or `down-without-up`.
 */
export function collectMigrations(scripts: readonly { name: FileName; script: Script }[]): Migration[] {
  const forward = new Map<bigint, { name: FileName; script: Script }>();
  const backward = new Map<bigint, { name: FileName; script: Script }>();
  for (const entry of scripts) {
    const side = entry.name.style === 'down' ? backward : forward;
    const twin = side.get(entry.name.number);
    if (twin) {
      throw new RegistryJobsError(
        'duplicate-version',
        `${twin.script.file} and ${entry.script.file} have the same version, ${entry.name.number}.`,
        { hint: 'Give one of them the next free number.' },
      );
    }
    side.set(entry.name.number, entry);
  }
  for (const [number, down] of backward) {
    const up = forward.get(number);
    if (up?.name.style === 'up') continue;
    throw new RegistryJobsError(
      'down-without-up',
      up
        ? `${up.script.file} is a plain file, so ${down.script.file} of the same version has nothing to undo.`
        : `${down.script.file} has no up file.`,
      { hint: `Add ${number}_${down.name.title}.up.sql, or remove the down file.` },
    );
  }
  return [...forward.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([number, { name, script }]) => {
      const down = backward.get(number)?.script;
      return {
        version: name.version,
        number: number.toString(),
        title: name.title,
        style: name.style === 'plain' ? 'plain' : 'versioned',
        up: script,
        ...(down && { down }),
      };
    });
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

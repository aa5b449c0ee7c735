import { RegistryJobsError, toErrorReport } from './error.ts';
import { listErrors } from './list.ts';

/** Several things that are wrong in the files, told as one. */
export class MigrationProblems extends RegistryJobsError {
  readonly problems: readonly RegistryJobsError[];

  constructor(problems: readonly RegistryJobsError[]) {
    super('invalid-migrations', `${problems.length} problems in the migrations:`, {
      detail: listErrors(problems.map(toErrorReport)),
      hint: 'Correct them all; nothing was run.',
    });
    this.problems = problems;
  }
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

/** Throws what was collected, if anything was: what holds several counts as that many. */
export function throwProblems(problems: readonly RegistryJobsError[]): void {
  const all = problems.flatMap((problem) =>
    problem instanceof MigrationProblems ? problem.problems : [problem],
  );
  const [first, ...others] = all;
  if (!first) return;
  throw others.length === 0 ? first : new MigrationProblems(all);
}

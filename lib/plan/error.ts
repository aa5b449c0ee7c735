import type { ErrorCode } from '../errors/catalogue.ts';
import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { listErrors } from '../errors/list.ts';

/** Files and ledger disagree, so nothing was run. */
export class PlanError extends RegistryJobsError {
  override readonly name: string = 'PlanError';
  readonly problems: readonly ErrorReport[];
  /** The clock of the server when they were found, where a run tells it: UTC, ISO 8601. */
  readonly at: string | undefined;

  constructor(problems: readonly ErrorReport[], at?: string) {
    const [first] = problems;
    const alone = problems.length === 1 && first;
    super(
      alone ? first.code : 'cannot-plan',
      alone ? first.message : `${problems.length} things keep the migrations from running:`,
      {
        ...(!alone && { detail: listErrors(problems) }),
        ...(alone && first.location && { location: first.location }),
        ...(alone && first.excerpt && { excerpt: first.excerpt }),
        hint: alone && first.hint ? first.hint : 'Settle them all, then run again.',
      },
    );
    this.problems = problems;
    this.at = at;
  }
}

/** What keeps a plan from being run, as plain data. */
export function problem(code: ErrorCode, message: string, hint: string): ErrorReport {
  return toErrorReport(new RegistryJobsError(code, message, { hint }));
}

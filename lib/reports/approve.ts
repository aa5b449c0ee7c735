import { count } from '../text/format.ts';
import { placeOf } from '../text/place.ts';
import { visible } from '../text/visible.ts';
import type { DeployedReport } from './deployed.ts';
import type { PlanReport } from './plan.ts';

/** What `approve` came to. */
export interface ApproveReport {
  readonly command: 'approve';
  readonly status: 'approved';
  readonly hash: string;
  /** Of Parameter Store: where it is written. */
  readonly parameter: string;
  readonly plan: PlanReport;
  /** Whose plan it is, with `--remote`. */
  readonly deployed?: DeployedReport;
}

/** The report of `approve` as a person reads it. Pure. */
export function renderApproveReport({ hash, parameter, plan }: ApproveReport): string {
  const { tasks, database } = plan;
  return visible(
    `Approved plan ${hash}, ${count(tasks.length, 'migration')} for ${placeOf(database)}: written to ${parameter}. A deploy that waits for it goes on by itself.`,
  );
}

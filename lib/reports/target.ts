import type { TargetReport } from '../plan/plan.ts';
import { count } from '../text/format.ts';

/** What `--to` or `--steps` left, for `up` and `plan`: a sentence with a space in front. Pure. */
export function pendingAfter({ to, pendingAfter: left }: TargetReport): string {
  if (left === undefined) return '';
  if (to === undefined) {
    const still = left === 0 ? 'No migration' : count(left, 'migration');
    return ` ${still} ${left > 1 ? 'are' : 'is'} pending after that.`;
  }
  const what = left === 0 ? 'No migration' : count(left, 'migration');
  return ` ${what} after ${to} ${left > 1 ? 'are' : 'is'} pending.`;
}

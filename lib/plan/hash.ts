import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';
import { scriptOf } from './task.ts';

/**
 * A short name for exactly this plan: the same files in the same order on a ledger in the same state. What was
 * looked at with `plan` can be insisted on with `up --plan HASH`. Pure.
 */
export function planHash({ tasks, entries }: Plan): string {
  const parts = [
    ...entries.map(({ version, state }) => `${state} ${version}`),
    ...tasks.map((task) => `${task.direction} ${task.migration.version} ${scriptOf(task).checksum}`),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

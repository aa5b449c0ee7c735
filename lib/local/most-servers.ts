import { availableParallelism } from 'node:os';

/** How many embedded servers can do what one process asks of them: more than two would wait for it. */
export function mostServers(): number {
  return Math.min(2, availableParallelism());
}

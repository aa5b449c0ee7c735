import type { MigrationEvent } from '../../lib/engine/events.ts';

/** How long the same wait is not told again, in milliseconds. */
const QUIET_MS = 60_000;

/**
 * Tells which events of a run are worth a line: all, but of a wait, which is looked at several times a second, only that it is
 * for somebody else or at another place, and then once a minute.
 *
 * @param now in milliseconds, whatever it counts from
 */
export function createNews(now: () => number = () => performance.now()): (event: MigrationEvent) => boolean {
  const told = new Map<string, number>();
  return (event) => {
    if (event.type !== 'waiting-for-lock' && event.type !== 'blocked') return true;
    // Without how long it has been going on, and what it runs: those change with every look.
    const { blockers, ...what } = event;
    const key = JSON.stringify([what, blockers.map(({ pid }) => pid).sort()]);
    const last = told.get(key);
    if (last !== undefined && now() - last < QUIET_MS) return false;
    told.set(key, now());
    return true;
  };
}

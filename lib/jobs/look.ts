import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type Migration, versionsOf } from '../migrations/migration.ts';
import type { Known } from '../plan/known.ts';
import { planUp } from '../plan/up.ts';
import type { LookReport } from '../reports/look.ts';
import { describeAtWork } from '../reports/running.ts';
import type { Settings } from '../settings/settings.ts';
import { millisecondsBetween } from '../text/times.ts';
import { dialectFor } from './dialect.ts';

export interface LookOptions {
  /** The run whose attempts are told. @default the one that is at work */
  readonly runId?: string;
  /** Only attempts that began at this moment or later: UTC, ISO 8601. @default all of that run */
  readonly from?: string;
}

/**
 * Looks once at whether a run is at work, and at which statement. Neither writes nor waits.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function look(
  { migrations }: CompiledMigrations,
  settings: Settings,
  { runId, from }: LookOptions = {},
): Promise<LookReport> {
  return dialectFor(settings).withSession(settings, { purpose: 'watch' }, async (session) => {
    const [found, { database, known }, newest] = await Promise.all([
      session.atWork(),
      session.survey({ versions: versionsOf(migrations) }),
      session.history(1),
    ]);
    const running = found && describeAtWork(found, migrations);
    const id = runId ?? running?.runId;
    const attempts = id === undefined ? [] : await session.runRows(id);
    return {
      command: 'watch',
      status: running ? 'running' : 'not-running',
      database,
      ...(running && { running }),
      // To the millisecond: one too many does no harm.
      attempts: attempts.filter(
        ({ startedAt }) => from === undefined || millisecondsBetween(from, startedAt) >= 0,
      ),
      newest,
      pending: countPending(migrations, known),
    };
  });
}

/** How many versions an `up` would apply. Pure. */
export function countPending(migrations: readonly Migration[], known: Known): number {
  return planUp(migrations, known).entries.filter(({ state }) => state === 'pending').length;
}

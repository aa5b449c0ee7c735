import type { Session } from '../engine/dialect.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { describeAtWork } from '../reports/running.ts';
import type { WatchReport } from '../reports/watch.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import { dialectFor } from './dialect.ts';
import { countPending } from './look.ts';
import { type FollowOptions, followRun } from './watch-run.ts';

export interface WatchOptions extends FollowOptions {
  readonly ledger?: LedgerName;
}

const SEE_HISTORY = 'See what was done in a file: registry-jobs status --history';

/**
 * Looks at a run of migrations from another session until it ends, and says how it ended. Neither writes nor waits for a lock, so it is in
 * nobody's way.
 *
 * @throws UsageError `not-for-sqlite`; RegistryJobsError when the database cannot be read
 */
export async function watch(
  compiled: CompiledMigrations,
  asked: Settings,
  options: WatchOptions = {},
): Promise<WatchReport> {
  const settings = postgresOnly(asked, 'A run is watched through the lists of a server', SEE_HISTORY);
  const bound = { purpose: 'watch', ledger: options.ledger, deadline: Infinity, signal: options.signal };
  return dialectFor(settings).withSession(settings, bound, (session) =>
    followRun(viewOf(session, compiled), options),
  );
}

function viewOf(session: Session, { migrations }: CompiledMigrations) {
  return {
    atWork: async () => {
      const found = await session.atWork();
      return found && describeAtWork(found, migrations);
    },
    attempts: (runId: string) => session.runRows(runId),
    end: async () => {
      const { database, known } = await session.survey();
      return { database, pending: countPending(migrations, known), newest: await session.history(1) };
    },
  };
}

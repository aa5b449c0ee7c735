import type { CompiledMigrations } from '../migrations/compiled.ts';
import { bundleOf } from '../plan/bundle.ts';
import { type DeployedReport, markFiles } from '../reports/deployed.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

/** What is told of the files alone, without a database. */
export function filesOfBundle({ migrations }: CompiledMigrations): DeployedReport['files'] {
  const { id, files } = bundleOf(migrations);
  return markFiles(id, files);
}

/**
 * What the database has on record of these files: when they were first run, and whether others were run after them. Neither writes nor waits.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function whenRun(
  { migrations }: CompiledMigrations,
  settings: Settings,
): Promise<Pick<DeployedReport, 'firstRun' | 'othersRan'>> {
  const bundle = bundleOf(migrations);
  return dialectFor(settings).withSession(settings, { purpose: 'status' }, async (session) => {
    const { known } = await session.survey({ bundle });
    const { last, ranBefore } = known.bundles ?? {};
    if (!last) return {};
    if (last.id === bundle.id) return { firstRun: last.recordedAt };
    return ranBefore ? { othersRan: { at: last.recordedAt, who: last.who } } : {};
  });
}

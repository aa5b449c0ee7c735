import { existsSync, readFileSync } from 'node:fs';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { bundleFiles, metrics as names } from '../../lib/contract.ts';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { lookForDrift } from '../../lib/jobs/catalog-drift.ts';
import type { Difference } from '../../lib/plan/differences.ts';
import { parseCatalog } from '../../lib/plan/expected-catalog.ts';
import { describeDifference } from '../../lib/reports/difference.ts';
import { redact } from '../../lib/secrets/redact.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { exactPlaceOf } from '../../lib/text/place.ts';
import type { JobTools } from './handler.ts';

/** The statistics come first: what is left of the time may be little. */
const MOST_MS = 60_000;
/** Kept for reporting. */
const RESERVE_MS = 2_000;
/** Sentences in a line of the log; whoever has more looks at the database. */
const MOST_TOLD = 20;

/**
 * Measures how many objects of the database are not as the files of this deploy make them, where the stack gave the function their catalog.
 * Where that cannot be told, nothing is measured and the log says why: this must not fail a refresh that worked.
 */
export async function watchDrift(
  settings: PostgresSettings,
  { logger, metrics, deadline }: Pick<JobTools, 'logger' | 'metrics' | 'deadline'>,
): Promise<void> {
  const file = new URL(bundleFiles.catalog, import.meta.url);
  if (!existsSync(file)) return;
  const unknown = (reason: string) => logger.info('catalog-not-compared', { reason });
  try {
    const expected = parseCatalog(
      readFileSync(file, 'utf8'),
      bundleFiles.catalog,
      'registry-jobs prove --catalog',
    );
    const giveUpAt = Math.min(Date.now() + MOST_MS, deadline - RESERVE_MS);
    const look = await lookForDrift(settings, expected, giveUpAt);
    if ('notCompared' in look) return unknown(`${look.notCompared}.`);
    const { objects, onlyThere, onlyInFiles, different, notCompared } = look.drift;
    metrics.addMetric(names.catalogDrift, MetricUnit.Count, objects);
    if (objects === 0) return;
    const tell = firstOf(MOST_TOLD);
    const told = {
      onlyInDatabase: tell(onlyThere),
      onlyInFiles: tell(onlyInFiles),
      different: tell(different),
    };
    const all = onlyThere.length + onlyInFiles.length + different.length;
    logger.warn('catalog-drift', {
      database: exactPlaceOf(look.database),
      objects,
      ...told,
      ...(all > MOST_TOLD && { more: all - MOST_TOLD }),
      ...(notCompared.length > 0 && { notCompared }),
      hint: `See all of it: registry-jobs verify --env ${settings.environment} --deep`,
    });
  } catch (error) {
    unknown(redact(renderError(toErrorReport(error)), [settings.database.password]));
  }
}

/** Takes sentences as long as there are any left. */
function firstOf(most: number): (differences: readonly Difference[]) => string[] {
  let left = most;
  return (differences) => {
    const taken = differences.slice(0, left);
    left -= taken.length;
    return taken.map(describeDifference);
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { bundleFiles, metrics as names } from '../../lib/contract.ts';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { readPending } from '../../lib/jobs/pending.ts';
import type { MigrationDigest } from '../../lib/plan/pending.ts';
import { redact } from '../../lib/secrets/redact.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobTools } from './handler.ts';

/** The statistics come first: what is left of the time may be little, and an answer takes milliseconds. */
const MOST_MS = 10_000;
/** Kept for reporting. */
const RESERVE_MS = 2_000;

/**
 * Measures how many migrations of this deploy the database lacks, where the stack gave the function a list of them. Where
 * nobody can say, nothing is measured and the log says why: this must not fail a refresh that worked.
 */
export async function countPending(
  settings: PostgresSettings,
  { logger, metrics, deadline }: Pick<JobTools, 'logger' | 'metrics' | 'deadline'>,
): Promise<void> {
  const file = new URL(bundleFiles.expected, import.meta.url);
  if (!existsSync(file)) return;
  try {
    const digest: readonly MigrationDigest[] = JSON.parse(readFileSync(file, 'utf8'));
    const giveUpAt = Math.min(Date.now() + MOST_MS, deadline - RESERVE_MS);
    const pending = await readPending(settings, digest, giveUpAt);
    if (pending === undefined) return;
    metrics.addMetric(names.migrationsPending, MetricUnit.Count, pending.length);
    if (pending.length > 0) logger.warn('migrations-pending', { versions: pending });
  } catch (error) {
    logger.info('migrations-unknown', {
      reason: redact(renderError(toErrorReport(error)), [settings.database.password]),
    });
  }
}

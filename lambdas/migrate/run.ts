import { existsSync, readFileSync } from 'node:fs';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { bundleFiles, environmentVariables, metrics as names, version } from '../../lib/contract.ts';
import { toErrorReport } from '../../lib/errors/error.ts';
import { type UpOptions, up } from '../../lib/jobs/up.ts';
import { type CompiledMigrations, readCompiled } from '../../lib/migrations/compiled.ts';
import { type KnownEvidence, parseEvidence } from '../../lib/plan/evidence.ts';
import { type Proof, parseProof } from '../../lib/plan/proof.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import { readParameter } from '../../lib/settings/parameter-store.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { JobTools } from '../shared/handler.ts';
import { createNews } from '../shared/news.ts';

/** The migrations that this function was deployed with. */
export function readBundle(): Promise<CompiledMigrations> {
  return readCompiled(new URL(bundleFiles.migrations, import.meta.url));
}

/** Applies the migrations of this bundle, with what the stack asks for before anything is run; logs, and measures. */
export async function runUp(
  settings: PostgresSettings,
  { logger, metrics, deadline, who }: JobTools,
  options: UpOptions = {},
): Promise<MigrationReport> {
  const isNews = createNews();
  const compiled = await readBundle();
  const proof = readProof();
  const evidence = await readEvidence();
  const report = await up(compiled, settings, {
    deadline,
    who,
    toolVersion: version,
    ...(proof && { proof }),
    ...(evidence && { evidence }),
    onEvent: (event) => {
      // The report has the warnings.
      const isDetail = event.type === 'statement-started' || event.type === 'warned';
      if (!isDetail && isNews(event)) logger.info(event.type, { event });
    },
    ...options,
  });
  measure(metrics, report);
  return report;
}

function measure(metrics: Metrics, report: MigrationReport): void {
  const failed = report.status === 'failed';
  const pending = report.notRun.length + (failed ? 1 : 0) + (report.older?.pending.length ?? 0);
  metrics.addMetric(names.migrationsApplied, MetricUnit.Count, report.applied.length);
  metrics.addMetric(names.migrationsPending, MetricUnit.Count, pending);
  metrics.addMetric(names.migrationFailed, MetricUnit.Count, failed ? 1 : 0);
}

/** What was proved of these migrations, where the stack runs nothing else. */
function readProof(): Proof | undefined {
  const file = new URL(bundleFiles.proof, import.meta.url);
  return existsSync(file) ? parseProof(readFileSync(file, 'utf8'), bundleFiles.proof) : undefined;
}

/**
 * What another environment has applied, where the stack runs nothing else. That it cannot be read keeps files from being run and nothing
 * more: where there is nothing to run, as after a rollback, nobody needs to know.
 */
async function readEvidence(): Promise<KnownEvidence | undefined> {
  const from = process.env[environmentVariables.evidence];
  if (!from) return undefined;
  try {
    const text = await readParameter(from);
    return { from, found: text === undefined ? `There is no parameter ${from}.` : parseEvidence(text, from) };
  } catch (error) {
    return { from, found: toErrorReport(error).message };
  }
}
